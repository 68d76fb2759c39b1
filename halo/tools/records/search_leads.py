"""`data_search_leads`: lists of leads."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from halo.contacts.records import leads
from halo.ground.principal import Principal
from halo.tool import Answer, Result, tool
from halo.tools.records.lists import Lists
from halo.tools.records.phrasing import LONGEST_FIELD, cut, line, party, words
from halo.tools.records.replies import times
from halo.tools.records.shapes import (
    COUNT_BY,
    CURSOR,
    LIMIT,
    WHEN,
    Cursor,
    LeadStatuses,
    Limit,
    Listing,
    Query,
    RecordArguments,
    Score,
    Since,
    Text,
    Until,
)


class SearchLeads(RecordArguments):
    id: Text | None = Field(default=None, description="Halo's id of the lead.")
    query: Query | None = Field(default=None, description="Words of name, e-mail, company or domain.")
    email: Text | None = Field(default=None, description="The whole e-mail address.")
    domain: Text | None = Field(default=None, description="Domain of the company, such as acme.com.")
    status: LeadStatuses = Field(default=[], description="Status, one of these.")
    source: Text | None = Field(default=None, description="Where they came from, such as widget or webinar.")
    min_score: Score | None = Field(default=None, description="Score at least: how well it fits, 0 to 100.")
    max_score: Score | None = Field(default=None, description="Score at most.")
    since: Since | None = Field(default=None, description="Captured on or after" + WHEN)
    until: Until | None = Field(default=None, description="Captured on or before.")
    sort: Literal["best", "created", "score", "name"] | None = Field(
        default=None, description="Best match, latest, highest score, or A to Z. Unset: best or created."
    )
    limit: Limit = Field(default=10, description=LIMIT)
    cursor: Cursor | None = Field(default=None, description=CURSOR)
    count_by: Literal["status", "source"] | None = Field(default=None, description=COUNT_BY)


class ListedLead(Result):
    id: str
    name: str | None
    email: str | None
    phone: str | None
    job_title: str | None
    company_name: str | None
    domain: str | None
    status: str
    score: int | None = Field(description="0 to 100: how well the lead fits.")
    source: str
    interest: str | None = Field(description="What they asked for.")
    custom_fields: dict[str, Any]
    end_user_id: str | None = Field(description="The end user that a converted lead became.")
    created_at: str
    last_contacted_at: str | None


class Leads(Listing):
    leads: list[ListedLead]


@tool(
    title="Search leads",
    scope="data:read",
    group="records",
    result=Leads,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="absent",
)
def data_search_leads(arguments: SearchLeads, *, principal: Principal) -> Answer:
    """Lists leads, people who are not customers yet: company, status, score, what they asked for, last contact.

    Customers' people: data_search_users. Says how many fit in all.
    """
    return LEADS.answer(arguments, principal)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    told = times(row, "created_at", "last_contacted_at")
    return told | {"interest": cut(told["interest"], LONGEST_FIELD)}


def _said(lead: dict[str, Any], _currency: str) -> str:
    works = f", {line(lead['company_name'])}" if lead["company_name"] else ""
    asks = f", asks for: {line(lead['interest'])}" if lead["interest"] else ""
    return (
        f"- {party(lead['name'], lead['email'])}{works}"
        f": {words(lead['status'])}, score {lead['score'] if lead['score'] is not None else 'none'}, captured "
        f"{lead['created_at'][:10]} ({line(lead['source'])}){asks}, id {lead['id']}"
    )


LEADS = Lists("leads", "lead", leads.search, leads.LISTED, _told, _said)
