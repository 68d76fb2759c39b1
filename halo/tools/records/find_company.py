"""`data_find_company`: one company, its state and its people."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from halo.contacts.records import companies
from halo.contacts.records.paging import PageWanted, as_question
from halo.contacts.vocabulary import HealthTier
from halo.ground.principal import Principal
from halo.tool import Answer, Result, tool
from halo.tools.records.finding import SHOWN, Fitting
from halo.tools.records.phrasing import counted, health, iso, line, money, party, renewal
from halo.tools.records.replies import currency_of, open_ticket, said_dates, said_ticket, said_traits
from halo.tools.records.shapes import CompanyName, OpenTicket, Person, RecordArguments, Text


class FindCompany(RecordArguments):
    id: Text | None = Field(default=None, description="Halo's id of the company.")
    external_id: Text | None = Field(default=None, description="The id in your own product (companyId of the widget).")
    domain: Text | None = Field(default=None, description="Domain, such as acme.com.")
    name: Text | None = Field(default=None, description="Name, or the beginnings of its words.")


class Colleague(Person):
    job_title: str | None
    last_seen: str | None


class Company(CompanyName):
    external_id: str | None
    industry: str | None
    employee_count: int | None
    team_size: int = Field(description="How many of its end users are known.")
    plan: str | None
    mrr: float | None = Field(description="Revenue a month, in the workspace's currency.")
    arr: float | None
    health_score: int | None = Field(description="0 to 100.")
    health_tier: str
    renewal_status: str | None
    renewal_date: str | None
    contract_term: str | None
    payment_terms: str | None
    on_contract: bool | None
    custom_fields: dict[str, Any] = Field(description="Traits that the workspace sends.")
    context: dict[str, Any] = Field(description="What is happening now, as the workspace sends it.")
    signed_up_at: str | None
    last_seen: str | None
    last_contacted_at: str | None
    source: str
    open_tickets: int = Field(description="Tickets that are not resolved.")
    tickets: int
    conversations: int
    newest_open_tickets: list[OpenTicket] = Field(description="At most five.")
    people: list[Colleague] = Field(description="The five end users last seen.")


class FoundCompany(Result):
    company: Company | None = Field(description="The one that fits; null where several do.")
    total: int = Field(description="How many fit; the least number where total_is_exact is false.")
    total_is_exact: bool
    currency: str = Field(default="", description="Of mrr and arr, ISO 4217.")
    others: list[CompanyName] = Field(description="Those that fit as well, at most ten.")


@tool(
    title="Find a company",
    scope="data:read",
    group="records",
    result=FoundCompany,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="filtered",
    customer={"id": "company_id"},
)
def data_find_company(arguments: FindCompany, *, principal: Principal) -> Answer:
    """Returns one company by id, external id, domain or name.

    Plan, revenue, health, renewal, traits and current context, its open tickets, and the people there who were
    active last. At least one argument is needed; several must fit together. Where several companies fit, it
    returns their names and ids instead.
    """
    found = Fitting.of(arguments, ("id", "external_id", "domain"), "company", companies, _by_name, principal)
    if found.total > 1:
        others = [{name: one[name] for name in ("id", "name", "domain")} for one in found.records[:SHOWN]]
        said = [f"- {line(one['name'])} ({line(one['domain']) or 'no domain'}), id {one['id']}" for one in others]
        return found.several("company", others, said, "companies", "data_search_companies")
    told = _company(found.records[0], principal)
    currency = currency_of(principal)
    data = {"company": told, "currency": currency, **found.told(), "others": []}
    return Answer(_what(found.records[0], told, currency), data, word=found.word)


def _by_name(name: str, principal: Principal) -> Fitting:
    found = companies.find("name", name, principal=principal)
    if found:
        return Fitting.of_key(found, companies.MOST_FOUND)
    wanted = PageWanted(as_question("find", {"name": name}), limit=SHOWN)
    page = companies.search(principal=principal, wanted=wanted, query=name, in_full=True)
    if page.total == 1:
        return Fitting(companies.find("id", page.rows[0][0], principal=principal), 1)
    return Fitting.of_page(page, companies.LISTED)


_MOMENTS = ("signed_up_at", "last_seen", "last_contacted_at", "renewal_date")


def _company(company: dict[str, Any], principal: Principal) -> dict[str, Any]:
    told = dict(company)
    for name in _MOMENTS:
        told[name] = iso(company[name])
    told["health_tier"] = HealthTier.of(company["health_score"]).value
    tickets = companies.open_tickets(company["id"], principal=principal) if company["open_tickets"] else []
    told["newest_open_tickets"] = [open_ticket(row) for row in tickets]
    told["people"] = [
        {"id": row[0], "name": row[1], "email": row[2], "job_title": row[3], "last_seen": iso(row[4])}
        for row in companies.people(company["id"], principal=principal)
    ]
    return told


def _what(company: dict[str, Any], told: dict[str, Any], currency: str) -> str:
    size = f", {company['employee_count']:,} employees" if company["employee_count"] is not None else ""
    domain = line(company["domain"]) or "no domain"
    said = [
        f"{line(company['name'])} ({domain}), {line(company['industry']) or 'industry unknown'}{size}.",
        (
            f"Plan {line(company['plan']) or 'unknown'}, MRR {money(company['mrr'], currency)}, "
            f"ARR {money(company['arr'], currency)}, "
            f"health {health(company['health_score'])}{renewal(company['renewal_status'], company['renewal_date'])}."
        ),
        said_dates(company),
        (
            f"{company['open_tickets']} open of {counted(company['tickets'], 'ticket')}; "
            f"{counted(company['conversations'], 'conversation')}; {counted(company['team_size'], 'known end user')}."
        ),
    ]
    said += [said_ticket(ticket) for ticket in told["newest_open_tickets"]]
    if told["people"]:
        said.append("Last active: " + ", ".join(party(one["name"], one["email"]) for one in told["people"]) + ".")
    return "\n".join([*said, *said_traits(company)])
