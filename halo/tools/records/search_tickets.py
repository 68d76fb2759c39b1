"""`data_search_tickets`: lists of tickets."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from halo.contacts.records import tickets
from halo.ground.principal import Principal
from halo.tool import Answer, Result, tool
from halo.tools.records.lists import Lists
from halo.tools.records.phrasing import line, party, words
from halo.tools.records.replies import parties, said_works, times
from halo.tools.records.shapes import (
    COMPANY,
    COUNT_BY,
    CURSOR,
    LIMIT,
    MOST_WORDS,
    USER,
    WHEN,
    AChannel,
    APriority,
    CompanyName,
    Cursor,
    Limit,
    Listing,
    Person,
    Query,
    RecordArguments,
    Since,
    Text,
    TicketStatuses,
    Until,
)


class SearchTickets(RecordArguments):
    query: Query | None = Field(
        default=None,
        description="Question, or words of subject, category, messages, customer, company." + MOST_WORDS,
    )
    is_open: bool | None = Field(default=None, description="false: resolved or spam; true: all others.")
    status: TicketStatuses = Field(default=[], description="Status, one of these.")
    priority: APriority | None = Field(default=None, description="priority: goes first.")
    category: Text | None = Field(default=None, description="Category, such as billing.")
    channel: AChannel | None = Field(default=None, description="How it came in.")
    assignee: Text | None = Field(default=None, description="Name or e-mail of a teammate, me, or none.")
    company: Text | None = Field(default=None, description=COMPANY)
    user: Text | None = Field(default=None, description=USER)
    resolved_by_ai: bool | None = Field(default=None, description="Whether an AI agent resolved it.")
    since: Since | None = Field(default=None, description="Opened on or after" + WHEN)
    until: Until | None = Field(default=None, description="Opened on or before.")
    updated_since: Since | None = Field(default=None, description="Last changed on or after.")
    sort: Literal["best", "newest", "oldest", "updated", "unchanged", "waiting"] | None = Field(
        default=None, description="unchanged, waiting: longest first."
    )
    limit: Limit = Field(default=10, description=LIMIT)
    cursor: Cursor | None = Field(default=None, description=CURSOR)
    count_by: Literal["category", "status", "priority", "channel", "assignee", "company", "user"] | None = Field(
        default=None, description=COUNT_BY
    )


class ListedTicket(Result):
    id: str = Field(description="For data_get_ticket.")
    number: int
    subject: str
    status: str
    priority: str
    category: str | None
    channel: str
    assignee: str | None = Field(description="Name of the teammate.")
    user: Person | None
    company: CompanyName | None
    resolved_by_ai: bool
    messages: int
    created_at: str
    updated_at: str
    first_reply_at: str | None
    waiting_since: str | None = Field(description="The first message of the customer that nobody has answered yet.")
    resolved_at: str | None


class Tickets(Listing):
    tickets: list[ListedTicket]


@tool(
    title="Search tickets",
    scope="data:read",
    group="records",
    result=Tickets,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="filtered",
    customer={"user": "id"},
)
def data_search_tickets(arguments: SearchTickets, *, principal: Principal) -> Answer:
    """Lists support tickets: status, customer, assignee, first reply, waiting since.

    Thread of one: data_get_ticket. Chats with AI agents: data_search_transcripts.
    """
    return TICKETS.answer(arguments, principal)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return parties(times(row, "created_at", "updated_at", "first_reply_at", "waiting_since", "resolved_at"))


def _said(ticket: dict[str, Any], _currency: str) -> str:
    user = ticket["user"]
    who = party(user["name"], user["email"]) if user else "no customer"
    urgent = ", priority" if ticket["priority"] == "priority" != ticket["status"] else ""
    assigned = f"assigned to {line(ticket['assignee'])}" if ticket["assignee"] else "unassigned"
    about = f", {line(ticket['category'])}" if ticket["category"] else ""
    waits = f", waiting since {ticket['waiting_since'][:10]}" if ticket["waiting_since"] else ""
    replied = f"first reply {ticket['first_reply_at'][:10]}" if ticket["first_reply_at"] else "no reply yet"
    return (
        f"- #{ticket['number']} {line(ticket['subject'])}: {words(ticket['status'])}{urgent}, "
        f"{who}{said_works(ticket)}{about}, by {words(ticket['channel'])}, "
        f"opened {ticket['created_at'][:10]}, last change {ticket['updated_at'][:10]}, {replied}{waits}, {assigned}"
    )


TICKETS = Lists("tickets", "ticket", tickets.search, tickets.LISTED, _told, _said)
