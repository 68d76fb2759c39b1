"""`data_get_ticket`: one ticket with its thread."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from halo.contacts.records import tickets
from halo.contacts.records.threads import Thread
from halo.ground.principal import Principal
from halo.tool import Answer, Result, tool
from halo.tools.records.phrasing import counted, day, iso, line, minute, pairs, party, words
from halo.tools.records.replies import cut_note, parties, quoted, read_thread, rest_of_thread, said_author
from halo.tools.records.shapes import (
    CHARACTERS,
    POSITION,
    Characters,
    CompanyName,
    Limit,
    Person,
    Position,
    RecordArguments,
    Text,
)


class GetTicket(RecordArguments):
    ticket: Text = Field(description="Id of the ticket, or its number, such as 1042.")
    after: Position = Field(default=0, description=POSITION)
    limit: Limit = Field(default=20, description="How many messages, 1 to 50.")
    characters: Characters = Field(default=4000, description=CHARACTERS)


class TicketMessage(Result):
    position: int
    kind: str = Field(description="chat, email, or note (internal: the customer never sees it).")
    author: str = Field(description="end_user, ai, teammate or system.")
    author_name: str | None
    sent_at: str
    body: str
    length: int = Field(description="Characters of the whole message.")
    is_cut: bool = Field(description="Whether body is only its beginning.")


class Ticket(Result):
    id: str
    number: int
    subject: str
    status: str
    priority: str
    category: str | None
    inbox: str | None
    channel: str
    source: str
    assignee: str | None = Field(description="Name of the teammate.")
    user: Person | None
    company: CompanyName | None
    transcript_id: str | None = Field(description="The conversation it was handed over from.")
    resolved_by_ai: bool
    ai_confidence: int | None
    escalation_reason: str | None
    metadata: dict[str, Any]
    messages: int
    created_at: str
    updated_at: str
    first_reply_at: str | None
    waiting_since: str | None
    resolved_at: str | None
    snoozed_until: str | None


class ReadTicket(Result):
    ticket: Ticket
    thread: list[TicketMessage] = Field(description="Oldest first.")
    next_after: int | None = Field(description="Send it as after for the next messages; null at the end.")


@tool(
    title="Read a ticket",
    scope="data:read",
    group="records",
    result=ReadTicket,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="filtered",
)
def data_get_ticket(arguments: GetTicket, *, principal: Principal) -> Answer:
    """Returns one ticket by id or number: its state, customer, assignee, and the messages of its thread.

    Messages are in the order in which they were written: e-mails, chat and the team's internal notes. Long threads
    come in parts (next_after), long messages are cut at a stated length.
    """
    return read_thread(tickets, arguments.ticket, arguments, principal, _answer)


def _answer(ticket: dict[str, Any], thread: Thread) -> tuple[str, dict[str, Any]]:
    told = parties(dict(ticket))
    told["transcript_id"] = told.pop("conversation_id")
    for name in ("created_at", "updated_at", "first_reply_at", "waiting_since", "resolved_at", "snoozed_until"):
        told[name] = iso(ticket[name])
    messages = []
    said = [_head(ticket)]
    for row in thread.rows:
        position, kind, author, author_name, sent_at, _ = row
        body, length, is_cut = thread.body(row)
        messages.append({
            "position": position,
            "kind": kind,
            "author": author,
            "author_name": author_name,
            "sent_at": iso(sent_at),
            "body": body,
            "length": length,
            "is_cut": is_cut,
        })  # fmt: skip
        rest = cut_note(body, length) if is_cut else ""
        who = said_author(author_name, author)
        said.append(f"\n[{position}] {minute(sent_at)} {words(kind)} by {who}:\n{quoted(body)}{rest}")
    data = {"ticket": told, "thread": messages, "next_after": thread.last}
    return "\n".join(said) + rest_of_thread(thread.last), data


def _head(ticket: dict[str, Any]) -> str:
    who = party(ticket["user_name"], ticket["user_email"]) if ticket["user_id"] else "no customer"
    works = f" ({line(ticket['company_name'])})" if ticket["company_name"] else ""
    urgent = ", priority" if ticket["priority"] == "priority" != ticket["status"] else ""
    assigned = f"assigned to {line(ticket['assignee'])}" if ticket["assignee"] else "unassigned"
    said = [
        f"#{ticket['number']} {line(ticket['subject'], 300)}",
        f"Status {words(ticket['status'])}{urgent}, {assigned}, from {who}{works}, by {words(ticket['channel'])}"
        + (f", category {line(ticket['category'])}" if ticket["category"] else "")
        + ".",
        f"Opened {minute(ticket['created_at'])}, last change {minute(ticket['updated_at'])}"
        + (f", resolved {minute(ticket['resolved_at'])}" if ticket["resolved_at"] else "")
        + (" by AI" if ticket["resolved_by_ai"] else "")
        + (f", snoozed until {day(ticket['snoozed_until'])}" if ticket["snoozed_until"] else "")
        + (f", first reply {minute(ticket['first_reply_at'])}" if ticket["first_reply_at"] else ", no reply yet")
        + (f", waiting since {minute(ticket['waiting_since'])}" if ticket["waiting_since"] else "")
        + f". {counted(ticket['messages'], 'message')}.",
    ]
    if ticket["escalation_reason"]:
        said.append(f"Escalated because: {line(ticket['escalation_reason'], 300)}")
    if ticket["metadata"]:
        said.append(f"Metadata: {pairs(ticket['metadata'])}.")
    return "\n".join(said)
