"""`data_search_companies`: lists of companies."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from halo.contacts import companies
from halo.contacts.paging import as_question
from halo.contacts.vocabulary import HealthTier
from halo.mcp.tools.records.answers import listing
from halo.mcp.tools.records.terms import (
    CURSOR,
    DAY,
    LIMIT,
    WHEN,
    CompanyName,
    Count,
    Cursor,
    Day,
    Health,
    Limit,
    Listing,
    Money,
    Query,
    RecordArguments,
    Renewals,
    Since,
    Text,
    Until,
    sorts,
)
from halo.mcp.tools.records.words import counted, heading, health, iso, line, money, renewal
from halo.principal import Principal
from halo.tool import Answer, tool


class SearchCompanies(RecordArguments):
    query: Query | None = Field(
        default=None, description="Words of name, domain, industry or external id; beginnings are enough."
    )
    domain: Text | None = Field(default=None, description="Domain, such as acme.com.")
    plan: Text | None = Field(default=None, description="Plan, in any case.")
    industry: Text | None = Field(default=None, description="Industry, in any case.")
    health: Health | None = Field(default=None, description="Health tier. " + HealthTier.described())
    renewal_status: Renewals = Field(default=[], description="Any of these.")
    renewal_from: Day | None = Field(default=None, description="Renews on this day or later." + DAY)
    renewal_to: Day | None = Field(default=None, description="Renews on this day or earlier." + DAY)
    on_contract: bool | None = Field(default=None, description="Whether there is a contract.")
    min_mrr: Money | None = Field(default=None, description="At least this revenue a month.")
    max_mrr: Money | None = Field(default=None, description="At most this revenue a month.")
    min_employees: Count | None = Field(default=None, description="At least so many people work there.")
    max_employees: Count | None = Field(default=None, description="At most so many people work there.")
    signed_up_since: Since | None = Field(default=None, description="Signed up since." + WHEN)
    signed_up_until: Until | None = Field(default=None, description="Signed up until." + WHEN)
    sort: Literal["best", "mrr", "health", "renewal_date", "signed_up", "name"] | None = Field(
        default=None, description=sorts(companies.SORTS)
    )
    limit: Limit = Field(default=10, description=LIMIT)
    cursor: Cursor | None = Field(default=None, description=CURSOR)


class ListedCompany(CompanyName):
    external_id: str | None
    industry: str | None
    plan: str | None
    mrr: float | None
    arr: float | None
    health_score: int | None
    renewal_status: str | None
    renewal_date: str | None
    signed_up_at: str | None
    team_size: int = Field(description="How many of its end users are known.")
    open_tickets: int


class Companies(Listing):
    companies: list[ListedCompany]


@tool(
    title="Search companies",
    scope="data:read",
    result=Companies,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="filtered",
)
def data_search_companies(arguments: SearchCompanies, *, principal: Principal) -> Answer:
    """Lists companies (the workspace's customers) that fit the filters.

    Each with plan, revenue, health, renewal and the number of open tickets, for example everybody who renews in the
    next 60 days with a critical health score. Says how many fit in all, and gives a cursor for the next ones.
    Without filters it lists all companies, highest revenue first.
    """
    given = arguments.given()
    page = companies.search(principal=principal, question=as_question("companies", given), **given)
    said = []
    told = []
    for row in page.rows:
        company = dict(zip(companies.LISTED, row, strict=False))
        said.append(_said(company))
        for name in ("renewal_date", "signed_up_at"):
            company[name] = iso(company[name])
        told.append(company)
    return listing(page, "companies", told, said, lambda shown: heading(shown, "company", given, plural="companies"))


def _said(company: dict[str, Any]) -> str:
    until = renewal(company["renewal_status"], company["renewal_date"])
    return (
        f"- {line(company['name'])} ({line(company['domain']) or 'no domain'}): "
        f"plan {line(company['plan']) or 'unknown'}, MRR {money(company['mrr'])}, "
        f"health {health(company['health_score'])}{until}, "
        f"{counted(company['open_tickets'], 'open ticket')}, id {company['id']}"
    )
