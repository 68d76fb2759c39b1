"""Tickets: searching through them, and reading one with its thread."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from halo.contacts.models import Company, EndUser, Ticket, TicketMessage
from halo.contacts.records.named import Names
from halo.contacts.records.narrowing import Narrowing, check_range
from halo.contacts.records.paging import Field, Page, PageWanted, RecordList, Sort
from halo.contacts.records.threads import Thread, read_thread
from halo.contacts.records.visible import Lookup, Statement, is_bound, reading
from halo.contacts.vocabulary import MessageKind, TicketStatus
from halo.ground.errors import NotFound
from halo.ground.principal import Principal
from halo.workspaces.models import Person

SORTS = {
    "newest": Sort(Ticket.created_at, True, "Last opened first."),
    "oldest": Sort(Ticket.created_at, False, "First opened first."),
    "updated": Sort(Ticket.updated_at, True, "Last changed first."),
    "unchanged": Sort(Ticket.updated_at, False, "Longest unchanged first."),
    "waiting": Sort(Ticket.waiting_since, False, "Longest waiting for an answer first."),
}
COUNTED_BY = {
    "category": Field(Ticket.category.expression),
    "status": Field(Ticket.status.expression),
    "priority": Field(Ticket.priority.expression),
    "channel": Field(Ticket.channel.expression),
    "assignee": Field(Person.name.expression, Person.id),
    "company": Field(Company.name.expression, Company.id),
    "user": Field(func.coalesce(EndUser.name, EndUser.email), EndUser.id),
}
LISTED = {
    "id": Ticket.id,
    "number": Ticket.number,
    "subject": Ticket.subject,
    "status": Ticket.status,
    "priority": Ticket.priority,
    "category": Ticket.category,
    "channel": Ticket.channel,
    "assignee": Person.name,
    "user_id": EndUser.id,
    "user_name": EndUser.name,
    "user_email": EndUser.email,
    "company_id": Company.id,
    "company_name": Company.name,
    "company_domain": Company.domain,
    "resolved_by_ai": Ticket.resolved_by_ai,
    "messages": Ticket.message_count,
    "created_at": Ticket.created_at,
    "updated_at": Ticket.updated_at,
    "first_reply_at": Ticket.first_reply_at,
    "waiting_since": Ticket.waiting_since,
    "resolved_at": Ticket.resolved_at,
}
"""What `search` reads, in the order of the rows' columns."""
FOUND = {
    **LISTED,
    "inbox": Ticket.inbox,
    "source": Ticket.source,
    "conversation_id": Ticket.conversation_id,
    "ai_confidence": Ticket.ai_confidence,
    "escalation_reason": Ticket.escalation_reason,
    "metadata": Ticket.details,
    "snoozed_until": Ticket.snoozed_until,
}
"""What `get` reads, by name."""
IS_OPEN = or_(*(Ticket.status == status.value for status in TicketStatus.unresolved()))
"""Not resolved. No IN, whose parameters are known only when it runs and which a prepared statement cannot have."""


def _with_parties(statement: Statement) -> Statement:
    """The statement with the end user, the company and the assignee of each ticket."""
    return (
        statement.select_from(Ticket)
        .outerjoin(EndUser, EndUser.id == Ticket.end_user_id)
        .outerjoin(Company, Company.id == Ticket.company_id)
        .outerjoin(Person, Person.id == Ticket.assignee_id)
    )


_SEARCHED = _with_parties(select(*LISTED.values()))
_GET = _with_parties(select(*FOUND.values()))
_BY_ID = Lookup(Ticket, _GET.where(Ticket.id == bindparam("key")))
_BY_NUMBER = Lookup(Ticket, _GET.where(Ticket.number == bindparam("key")))
_MESSAGES: Statement = select(
    TicketMessage.position,
    TicketMessage.kind,
    TicketMessage.author,
    TicketMessage.author_name,
    TicketMessage.sent_at,
    TicketMessage.body,
)
_THREAD = Lookup(
    TicketMessage,
    _MESSAGES.where(
        TicketMessage.ticket_id == bindparam("of"),
        TicketMessage.position > bindparam("after"),
        TicketMessage.kind != bindparam("hidden"),
    )
    .order_by(TicketMessage.position)
    .limit(bindparam("most")),
    keyed=True,
)


def newest_open(column: InstrumentedAttribute[Any]) -> Lookup:
    """The newest five tickets of an `owner`, whom the column names, that are not resolved: id, number, subject, status,
    priority, created_at."""
    return Lookup(
        Ticket,
        select(Ticket.id, Ticket.number, Ticket.subject, Ticket.status, Ticket.priority, Ticket.created_at)
        .where(column == bindparam("owner"), IS_OPEN)
        .order_by(Ticket.created_at.desc())
        .limit(5),
        keyed=True,
    )


def get(reference: str, *, principal: Principal) -> dict[str, Any]:
    """The ticket with this id or number (`1042` or `#1042`); raises NotFound."""
    number = reference.removeprefix("#")
    if number.isascii() and number.isdecimal() and len(number) < 10:
        row = _BY_NUMBER.first(principal, key=int(number))
    else:
        row = _BY_ID.first(principal, key=reference)
    if row is None:
        raise NotFound(f"ticket: {reference!r}")
    return dict(zip(FOUND, row, strict=True))


def thread(ticket_id: str, *, principal: Principal, after: int, limit: int, characters: int) -> Thread:
    """Messages of the ticket after this position: (position, kind, author, author_name, sent_at, body).

    Notes are the team's own: a caller who is bound to one customer does not see them.
    """
    hidden = MessageKind.NOTE.value if is_bound(principal) else ""
    return read_thread(
        lambda most: _THREAD.rows(principal, of=ticket_id, after=after, hidden=hidden, most=most), limit, characters
    )


_LIST = RecordList(Ticket, _SEARCHED, SORTS, COUNTED_BY)


def search(
    *,
    principal: Principal,
    wanted: PageWanted,
    query: str | None = None,
    is_open: bool | None = None,
    status: Sequence[str] = (),
    priority: str | None = None,
    category: str | None = None,
    channel: str | None = None,
    assignee: str | None = None,
    company: str | None = None,
    user: str | None = None,
    resolved_by_ai: bool | None = None,
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
    updated_since: datetime.datetime | None = None,
) -> Page:
    """Tickets of the workspace that fit, `LISTED` columns first."""
    check_range(("since", since), ("until", until))
    with reading(principal) as reader:
        filters, named = Narrowing(reader, principal), Names(reader, principal)
        filters.words("ticket", Ticket.id, query)
        if is_open is not None:
            filters.add(IS_OPEN if is_open else not_(IS_OPEN))
        filters.one_of(Ticket.status, status)
        filters.equal(Ticket.priority, priority)
        named.word(filters, "category", Ticket.category, category)
        filters.equal(Ticket.channel, channel)
        named.assignee(filters, assignee)
        filters.company(Ticket.company_id, company)
        filters.end_user(Ticket.end_user_id, user)
        filters.equal(Ticket.resolved_by_ai, resolved_by_ai)
        filters.between(Ticket.created_at, since, until)
        filters.between(Ticket.updated_at, updated_since, None)
        return named.checked(_LIST.page(reader, filters, wanted))
