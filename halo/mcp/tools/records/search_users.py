"""`data_search_users`: lists of end users."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from halo.contacts import end_users
from halo.contacts.paging import as_question
from halo.contacts.vocabulary import HealthTier
from halo.mcp.tools.records.answers import listing
from halo.mcp.tools.records.terms import (
    COMPANY,
    CURSOR,
    DAY,
    LIMIT,
    WHEN,
    CompanyName,
    Cursor,
    Day,
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
    sorts,
)
from halo.mcp.tools.records.words import counted, heading, health, iso, line, money, party
from halo.principal import Principal
from halo.tool import Answer, tool


class SearchUsers(RecordArguments):
    query: Query | None = Field(
        default=None, description="Words of the name, e-mail address, phone or external id; beginnings are enough."
    )
    name: Text | None = Field(default=None, description="The whole name, in any case.")
    domain: Text | None = Field(default=None, description="Domain of the e-mail address, such as acme.com.")
    company: Text | None = Field(default=None, description=COMPANY)
    plan: Text | None = Field(default=None, description="Plan, in any case.")
    health: Health | None = Field(default=None, description="Health tier. " + HealthTier.described())
    renewal_status: Renewals = Field(default=[], description="Any of these.")
    renewal_from: Day | None = Field(default=None, description="Renews on this day or later." + DAY)
    renewal_to: Day | None = Field(default=None, description="Renews on this day or earlier." + DAY)
    min_mrr: Money | None = Field(default=None, description="At least this revenue a month.")
    max_mrr: Money | None = Field(default=None, description="At most this revenue a month.")
    source: Text | None = Field(default=None, description="Where the record came from: widget, api, import, ...")
    seen_since: Since | None = Field(default=None, description="Active since." + WHEN)
    seen_until: Until | None = Field(default=None, description="Not active after." + WHEN)
    signed_up_since: Since | None = Field(default=None, description="Signed up since." + WHEN)
    signed_up_until: Until | None = Field(default=None, description="Signed up until." + WHEN)
    sort: Literal["best", "last_seen", "signed_up", "mrr", "health", "name"] | None = Field(
        default=None, description=sorts(end_users.SORTS)
    )
    limit: Limit = Field(default=10, description=LIMIT)
    cursor: Cursor | None = Field(default=None, description=CURSOR)


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
    users: list[ListedUser]


@tool(
    title="Search customers",
    scope="data:read",
    result=Users,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="filtered",
)
def data_search_users(arguments: SearchUsers, *, principal: Principal) -> Answer:
    """Lists end users (the people at the workspace's customers) that fit the filters.

    Each with company, plan, revenue, health, renewal, last activity and the number of open tickets. Says how many
    fit in all, and gives a cursor for the next ones. Without filters it lists everybody, last active first.
    """
    given = arguments.given()
    page = end_users.search(principal=principal, question=as_question("users", given), **given)
    told = [_listed_user(row) for row in page.rows]
    said = [
        f"- {party(user['name'], user['email'])}"
        + (f", {line(user['company']['name'])}" if user["company"] else "")
        + f": plan {line(user['plan']) or 'unknown'}, MRR {money(user['mrr'])}, health {health(user['health_score'])}, "
        f"{counted(user['open_tickets'], 'open ticket')}, last seen {(user['last_seen'] or 'never')[:10]}, "
        f"id {user['id']}"
        for user in told
    ]
    return listing(page, "users", told, said, lambda shown: heading(shown, "end user", given))


def _listed_user(row: Any) -> dict[str, Any]:
    told = dict(zip(end_users.LISTED, row, strict=False))
    told["last_seen"], told["signed_up_at"] = iso(told["last_seen"]), iso(told["signed_up_at"])
    identity, name = told.pop("company_id"), told.pop("company_name")
    told["company"] = {"id": identity, "name": name, "domain": None} if identity else None
    return told
