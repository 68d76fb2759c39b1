"""`data_search_users`: lists of end users."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from halo.contacts.records import end_users
from halo.ground.principal import Principal
from halo.tool import Answer, tool
from halo.tools.records.lists import Lists
from halo.tools.records.phrasing import counted, health, line, money, party
from halo.tools.records.replies import times
from halo.tools.records.shapes import (
    ANY_OF,
    COMPANY,
    COUNT_BY,
    CURSOR,
    HEALTH,
    LIMIT,
    CompanyName,
    Cursor,
    DayFrom,
    DayTo,
    Health,
    Limit,
    Listing,
    Money,
    Person,
    Query,
    RecordArguments,
    Renewals,
    Since,
    Text,
    Until,
)


class SearchUsers(RecordArguments):
    query: Query | None = Field(default=None, description="Words of name, e-mail, phone, external id.")
    name: Text | None = Field(default=None, description="Whole name.")
    domain: Text | None = Field(default=None, description="E-mail domain.")
    company: Text | None = Field(default=None, description=COMPANY)
    plan: Text | None = Field(default=None, description="Plan, like pro.")
    health: Health | None = Field(default=None, description=HEALTH)
    renewal_status: Renewals = Field(default=[], description=ANY_OF)
    renewal_from: DayFrom | None = Field(default=None, description="Renews on or after.")
    renewal_to: DayTo | None = Field(default=None, description="Renews on or before.")
    min_mrr: Money | None = Field(default=None, description="MRR at least.")
    max_mrr: Money | None = Field(default=None, description="MRR at most.")
    source: Text | None = Field(default=None, description="Origin, like import.")
    seen_since: Since | None = Field(default=None, description="Seen on or after.")
    seen_until: Until | None = Field(default=None, description="Seen on or before.")
    signed_up_since: Since | None = Field(default=None, description="Joined on or after.")
    signed_up_until: Until | None = Field(default=None, description="Joined on or before.")
    sort: Literal["best", "last_seen", "signed_up", "mrr", "health", "name"] | None = Field(
        default=None, description="health: lowest first."
    )
    limit: Limit = Field(default=10, description=LIMIT)
    cursor: Cursor | None = Field(default=None, description=CURSOR)
    count_by: Literal["plan", "health", "renewal_status", "source", "company"] | None = Field(
        default=None, description=COUNT_BY
    )


class ListedUser(Person):
    external_id: str | None
    job_title: str | None
    company: CompanyName | None
    plan: str | None
    mrr: float | None
    health_score: int | None
    renewal_status: str | None
    last_seen: str | None
    signed_up_at: str | None
    source: str
    open_tickets: int


class Users(Listing):
    currency: str = Field(description="Of mrr, ISO 4217.")
    users: list[ListedUser]


@tool(
    title="Search customers",
    scope="data:read",
    group="records",
    result=Users,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="filtered",
)
def data_search_users(arguments: SearchUsers, *, principal: Principal) -> Answer:
    """Lists customers' people: plan, MRR, health, last seen. In full: data_find_user.
    Days: 2026-08-01, 2026-Q3, last_week, 30d (renewal: ahead).
    """
    return USERS.answer(arguments, principal)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    told = times(row, "last_seen", "signed_up_at")
    company = {name: told.pop(f"company_{name}") for name in ("id", "name", "domain")}
    return told | {"company": company if company["id"] else None}


def _said(user: dict[str, Any], currency: str) -> str:
    works = f", {line(user['company']['name'])}" if user["company"] else ""
    return (
        f"- {party(user['name'], user['email'])}{works}"
        f": plan {line(user['plan']) or 'unknown'}, MRR {money(user['mrr'], currency)}, "
        f"health {health(user['health_score'])}, "
        f"{counted(user['open_tickets'], 'open ticket')}, last seen {(user['last_seen'] or 'never')[:10]}, "
        f"id {user['id']}"
    )


USERS = Lists("users", "end user", end_users.search, end_users.LISTED, _told, _said, says_currency=True)
