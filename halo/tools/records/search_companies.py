"""`data_search_companies`: lists of companies."""

from __future__ import annotations

import datetime
from typing import Any, Literal

from pydantic import Field

from halo.contacts.records import companies
from halo.ground.principal import Principal
from halo.tool import Answer, tool
from halo.tools.records.lists import Lists
from halo.tools.records.phrasing import counted, health, line, money, renewal
from halo.tools.records.replies import times
from halo.tools.records.shapes import (
    ANY_OF,
    COUNT_BY,
    CURSOR,
    HEALTH,
    LIMIT,
    CompanyName,
    Count,
    Cursor,
    DayFrom,
    DayTo,
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
)


class SearchCompanies(RecordArguments):
    query: Query | None = Field(default=None, description="Words of name, domain, industry, external id.")
    domain: Text | None = Field(default=None, description="Domain, like acme.com.")
    plan: Text | None = Field(default=None, description="Plan, like pro.")
    industry: Text | None = Field(default=None, description="Industry, like logistics.")
    health: Health | None = Field(default=None, description=HEALTH)
    renewal_status: Renewals = Field(default=[], description=ANY_OF)
    renewal_from: DayFrom | None = Field(default=None, description="Renews on or after.")
    renewal_to: DayTo | None = Field(default=None, description="Renews on or before.")
    on_contract: bool | None = Field(default=None, description="Has a contract.")
    min_mrr: Money | None = Field(default=None, description="MRR at least.")
    max_mrr: Money | None = Field(default=None, description="MRR at most.")
    min_employees: Count | None = Field(default=None, description="Employees at least.")
    max_employees: Count | None = Field(default=None, description="Employees at most.")
    signed_up_since: Since | None = Field(default=None, description="Joined on or after.")
    signed_up_until: Until | None = Field(default=None, description="Joined on or before.")
    sort: Literal["best", "mrr", "health", "renewal_date", "signed_up", "name"] | None = Field(
        default=None, description="health: lowest; renewal_date: soonest."
    )
    limit: Limit = Field(default=10, description=LIMIT)
    cursor: Cursor | None = Field(default=None, description=CURSOR)
    count_by: Literal["plan", "industry", "health", "renewal_status"] | None = Field(default=None, description=COUNT_BY)


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
    currency: str = Field(description="Of mrr and arr, ISO 4217.")
    companies: list[ListedCompany]


@tool(
    title="Search companies",
    scope="data:read",
    group="records",
    result=Companies,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="filtered",
)
def data_search_companies(arguments: SearchCompanies, *, principal: Principal) -> Answer:
    """Lists customer companies: plan, MRR, health, renewal, open tickets. In full: data_find_company.
    Days: 2026-08-01, 2026-Q3, last_week, 30d (renewal: ahead).
    """
    return COMPANIES.answer(arguments, principal)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return times(row, "renewal_date", "signed_up_at")


def _said(company: dict[str, Any], currency: str) -> str:
    renews = datetime.date.fromisoformat(company["renewal_date"]) if company["renewal_date"] else None
    return (
        f"- {line(company['name'])} ({line(company['domain']) or 'no domain'}): "
        f"plan {line(company['plan']) or 'unknown'}, MRR {money(company['mrr'], currency)}, "
        f"health {health(company['health_score'])}{renewal(company['renewal_status'], renews)}, "
        f"{counted(company['open_tickets'], 'open ticket')}, id {company['id']}"
    )


COMPANIES = Lists(
    "companies", "company", companies.search, companies.LISTED, _told, _said, plural="companies", says_currency=True
)
