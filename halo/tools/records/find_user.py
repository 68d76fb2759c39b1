"""`data_find_user`: who is this customer?"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from halo.contacts.records import end_users
from halo.contacts.records.paging import PageWanted, as_question
from halo.contacts.vocabulary import HealthTier
from halo.ground.principal import Principal
from halo.tool import Answer, Result, tool
from halo.tools.records.finding import SHOWN, Fitting
from halo.tools.records.phrasing import counted, health, iso, line, money, party, renewal, words
from halo.tools.records.replies import currency_of, open_ticket, said_dates, said_ticket, said_traits
from halo.tools.records.shapes import CompanyName, OpenTicket, Person, RecordArguments, Text


class FindUser(RecordArguments):
    id: Text | None = Field(default=None, description="Halo's id of the end user.")
    external_id: Text | None = Field(default=None, description="The id in your own product (userId of the widget).")
    email: Text | None = Field(default=None, description="E-mail address, in any case.")
    name: Text | None = Field(default=None, description="Name, or the beginnings of its words.")


class UserCompany(CompanyName):
    plan: str | None
    mrr: float | None
    health_score: int | None
    renewal_status: str | None
    renewal_date: str | None


class LastConversation(Result):
    id: str = Field(description="For data_get_transcript.")
    title: str
    started_at: str
    mood: str | None
    outcome: str | None


class EndUser(Person):
    external_id: str | None
    phone: str | None
    avatar_url: str | None
    job_title: str | None
    company: UserCompany | None
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
    first_seen: str | None
    last_seen: str | None
    last_contacted_at: str | None
    source: str
    open_tickets: int = Field(description="Tickets that are not resolved.")
    tickets: int
    conversations: int
    newest_open_tickets: list[OpenTicket] = Field(description="At most five.")
    last_conversations: list[LastConversation] = Field(description="At most three.")


class FoundUser(Result):
    user: EndUser | None = Field(description="The one that fits; null where several do.")
    total: int = Field(description="How many fit; the least number where total_is_exact is false.")
    total_is_exact: bool
    currency: str = Field(default="", description="Of mrr and arr, ISO 4217.")
    others: list[Person] = Field(description="Those that fit as well, at most ten.")


@tool(
    title="Find a customer",
    scope="data:read",
    group="records",
    result=FoundUser,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="filtered",
    customer={"id": "id", "external_id": "external_id", "email": "email"},
)
def data_find_user(arguments: FindUser, *, principal: Principal) -> Answer:
    """Returns one end user (a customer's person) by id, external id, e-mail address or name.

    Answers "who is this customer": profile, company, plan, revenue, health, renewal, traits and current context,
    the open tickets and the last conversations. At least one argument is needed; several must fit together.
    Where a name fits several people, it returns their names and ids instead.
    """
    found = Fitting.of(arguments, ("id", "external_id", "email"), "end user", end_users, _by_name, principal)
    if found.total > 1 and arguments.id is None and arguments.email is None:
        others = [_person(user) for user in found.records[:SHOWN]]
        said = [f"- {party(user['name'], user['email'])}, id {user['id']}" for user in others]
        return found.several("user", others, said, "end users", "data_search_users")
    user = found.records[0]
    told = _end_user(user, principal)
    others = [_person(other) for other in found.records[1 : SHOWN + 1]]
    currency = currency_of(principal)
    data = {"user": told, "currency": currency, **found.told(), "others": others}
    return Answer(_who(user, told, others, found, currency), data, word=found.word)


def _by_name(name: str, principal: Principal) -> Fitting:
    wanted = PageWanted(as_question("find", {"name": name}), limit=SHOWN)
    page = end_users.search(principal=principal, wanted=wanted, name=name)
    if not page.rows:
        page = end_users.search(principal=principal, wanted=wanted, query=name, in_full=True)
    if page.total == 1:
        return Fitting(end_users.find("id", page.rows[0][0], principal=principal), 1)
    return Fitting.of_page(page, end_users.LISTED)


def _person(user: dict[str, Any]) -> dict[str, Any]:
    return {"id": user["id"], "name": user["name"], "email": user["email"]}


_SAME = (
    "id", "name", "email", "external_id", "phone", "avatar_url", "job_title", "plan", "mrr", "arr", "health_score",
    "renewal_status", "contract_term", "payment_terms", "on_contract", "custom_fields", "context", "source",
    "open_tickets", "tickets", "conversations",
)  # fmt: skip
_MOMENTS = ("signed_up_at", "first_seen", "last_seen", "last_contacted_at", "renewal_date")


def _end_user(user: dict[str, Any], principal: Principal) -> dict[str, Any]:
    told = {name: user[name] for name in _SAME}
    for name in _MOMENTS:
        told[name] = iso(user[name])
    told["health_tier"] = HealthTier.of(user["health_score"]).value
    told["company"] = None
    if user["company_id"] is not None:
        told["company"] = {
            "id": user["company_id"],
            "name": user["company_name"],
            "domain": user["company_domain"],
            "plan": user["company_plan"],
            "mrr": user["company_mrr"],
            "health_score": user["company_health_score"],
            "renewal_status": user["company_renewal_status"],
            "renewal_date": iso(user["company_renewal_date"]),
        }
    tickets = end_users.open_tickets(user["id"], principal=principal) if user["open_tickets"] else []
    told["newest_open_tickets"] = [open_ticket(row) for row in tickets]
    conversations = end_users.last_conversations(user["id"], principal=principal) if user["conversations"] else []
    told["last_conversations"] = [
        {"id": row[0], "title": row[1], "started_at": iso(row[2]), "mood": row[3], "outcome": row[4]}
        for row in conversations
    ]
    return told


def _who(
    user: dict[str, Any], told: dict[str, Any], others: list[dict[str, Any]], found: Fitting, currency: str
) -> str:
    works = f" at {line(user['company_name'])}" if user["company_id"] else ""
    title = f", {line(user['job_title'])}" if user["job_title"] else ""
    until = renewal(user["renewal_status"], user["renewal_date"])
    said = [
        f"{party(user['name'], user['email'])}{title}{works}.",
        (
            f"Plan {line(user['plan']) or 'unknown'}, MRR {money(user['mrr'], currency)}, "
            f"health {health(user['health_score'])}{until}."
        ),
        said_dates(user),
    ]
    if user["company_id"]:
        said.append(_company(user, currency))
    tickets, talks = counted(user["tickets"], "ticket"), counted(user["conversations"], "conversation")
    said.append(f"{user['open_tickets']} open of {tickets}; {talks}.")
    said += [said_ticket(ticket) for ticket in told["newest_open_tickets"]]
    if told["last_conversations"]:
        last = told["last_conversations"][0]
        how = ", ".join(words(word) for word in (last["mood"], last["outcome"]) if word)
        said.append(f"Last conversation {last['started_at'][:10]}: {line(last['title'])} ({how or 'going on'}).")
    said += said_traits(user)
    if others:
        same = ", ".join(f"{party(other['name'], None)} (id {other['id']})" for other in others)
        more = "" if found.total_is_exact else "more than "
        some = f"{more}{found.total - 1:,} others, the last seen of whom are " if found.total > len(others) + 1 else ""
        said.append(f"The same address belongs to {some}{same}.")
    return "\n".join(said)


def _company(user: dict[str, Any], currency: str) -> str:
    until = renewal(user["company_renewal_status"], user["company_renewal_date"])
    return (
        f"Company: {line(user['company_name'])} ({line(user['company_domain']) or 'no domain'}), "
        f"plan {line(user['company_plan']) or 'unknown'}, MRR {money(user['company_mrr'], currency)}, "
        f"health {health(user['company_health_score'])}{until}."
    )
