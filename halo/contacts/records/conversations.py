"""Conversations: searching through the transcripts, and reading one."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, func, select

from halo.contacts.models import Company, Conversation, ConversationMessage, EndUser, Ticket
from halo.contacts.records import excerpts
from halo.contacts.records.named import Names
from halo.contacts.records.narrowing import Narrowing, check_range
from halo.contacts.records.paging import Field, Page, PageWanted, RecordList, Sort
from halo.contacts.records.threads import Thread, read_thread
from halo.contacts.records.visible import Lookup, Statement, reading
from halo.contacts.vocabulary import Rating, Side
from halo.ground.errors import NotFound
from halo.ground.principal import Principal

SORTS = {
    "newest": Sort(Conversation.started_at, True, "Last begun first."),
    "oldest": Sort(Conversation.started_at, False, "First begun first."),
    "ai_score": Sort(Conversation.ai_score, False, "Lowest AI score first."),
}
COUNTED_BY = {
    "mood": Field(Conversation.mood.expression),
    "outcome": Field(Conversation.outcome.expression),
    "channel": Field(Conversation.channel.expression),
    "agent": Field(Conversation.agent_name.expression),
    "company": Field(Company.name.expression, Company.id),
    "user": Field(func.coalesce(EndUser.name, EndUser.email), EndUser.id),
}
LISTED = {
    "id": Conversation.id,
    "title": Conversation.title,
    "summary": Conversation.summary,
    "status": Conversation.status,
    "mood": Conversation.mood,
    "outcome": Conversation.outcome,
    "ai_confidence": Conversation.ai_confidence,
    "ai_score": Conversation.ai_score,
    "channel": Conversation.channel,
    "agent": Conversation.agent_name,
    "user_id": EndUser.id,
    "user_name": EndUser.name,
    "user_email": EndUser.email,
    "company_id": Company.id,
    "company_name": Company.name,
    "company_domain": Company.domain,
    "messages": Conversation.message_count,
    "thumbs_up": Conversation.thumbs_up,
    "thumbs_down": Conversation.thumbs_down,
    "started_at": Conversation.started_at,
    "ended_at": Conversation.ended_at,
}
"""What `search` reads, in the order of the rows' columns."""
FOUND = {
    **LISTED,
    "page_url": Conversation.page_url,
    "session_id": Conversation.session_id,
    "ticket_id": select(Ticket.id)
    .where(Ticket.conversation_id == Conversation.id)
    .limit(1)
    .correlate(Conversation)
    .scalar_subquery(),
}
"""What `get` reads, by name."""
_IN_ORDER = (ConversationMessage.conversation_id, ConversationMessage.position)


def _with_parties(statement: Statement) -> Statement:
    """The statement with the end user and the company of each conversation."""
    return (
        statement.select_from(Conversation)
        .outerjoin(EndUser, EndUser.id == Conversation.end_user_id)
        .outerjoin(Company, Company.id == Conversation.company_id)
    )


_SEARCHED = _with_parties(select(*LISTED.values()))
_BY_ID = Lookup(Conversation, _with_parties(select(*FOUND.values())).where(Conversation.id == bindparam("key")))
_THREAD = Lookup(
    ConversationMessage,
    select(
        ConversationMessage.position,
        ConversationMessage.author,
        ConversationMessage.author_name,
        ConversationMessage.sent_at,
        ConversationMessage.confidence,
        ConversationMessage.rating,
        ConversationMessage.rating_comment,
        ConversationMessage.correction,
        ConversationMessage.body,
    )
    .where(ConversationMessage.conversation_id == bindparam("of"), ConversationMessage.position > bindparam("after"))
    .order_by(ConversationMessage.position)
    .limit(bindparam("most")),
    keyed=True,
)


def get(conversation_id: str, *, principal: Principal) -> dict[str, Any]:
    """The conversation; raises NotFound."""
    row = _BY_ID.first(principal, key=conversation_id)
    if row is None:
        raise NotFound(f"transcript: {conversation_id!r}")
    return dict(zip(FOUND, row, strict=True))


def thread(conversation_id: str, *, principal: Principal, after: int, limit: int, characters: int) -> Thread:
    """Messages after this position: (position, author, author_name, sent_at, confidence, rating, rating_comment,
    correction, body)."""
    return read_thread(
        lambda most: _THREAD.rows(principal, of=conversation_id, after=after, most=most), limit, characters
    )


_LIST = RecordList(Conversation, _SEARCHED, SORTS, COUNTED_BY)


def search(
    *,
    principal: Principal,
    wanted: PageWanted,
    query: str | None = None,
    said_by: Side | None = None,
    status: str | None = None,
    mood: Sequence[str] = (),
    outcome: Sequence[str] = (),
    rating: Rating | None = None,
    channel: str | None = None,
    agent: str | None = None,
    company: str | None = None,
    user: str | None = None,
    min_ai_score: int | None = None,
    max_ai_score: int | None = None,
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
) -> Page:
    """Conversations that fit, `LISTED` columns first, with the place in each where the query's words stand, said by
    this side if it can be."""
    check_range(("since", since), ("until", until))
    check_range(("min_ai_score", min_ai_score), ("max_ai_score", max_ai_score))
    with reading(principal) as reader:
        filters, named = Narrowing(reader, principal), Names(reader, principal)
        filters.words("conversation", Conversation.id, query)
        filters.equal(Conversation.status, status)
        filters.one_of(Conversation.mood, mood)
        filters.one_of(Conversation.outcome, outcome)
        if rating is not None:
            filters.add((Conversation.thumbs_up if rating is Rating.UP else Conversation.thumbs_down) > 0)
        filters.equal(Conversation.channel, channel)
        named.word(filters, "agent", Conversation.agent_name, agent)
        filters.company(Conversation.company_id, company)
        filters.end_user(Conversation.end_user_id, user)
        filters.between(Conversation.ai_score, min_ai_score, max_ai_score)
        filters.between(Conversation.started_at, since, until)
        page = named.checked(_LIST.page(reader, filters, wanted))
        if query is None or not page.rows:
            return page
        said = select(ConversationMessage.conversation_id, ConversationMessage.author, ConversationMessage.body)
        ids = [row[0] for row in page.rows]
        messages = reader.rows(
            ConversationMessage,
            said.where(ConversationMessage.conversation_id.in_(ids)).order_by(*_IN_ORDER),
            keyed=True,
        )
        return replace(page, places=excerpts.of_conversations(messages, query, said_by))
