"""Negative feedback: the answers of AI agents that customers gave a thumbs down."""

from __future__ import annotations

import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from halo.contacts.models import Company, Conversation, ConversationMessage, EndUser
from halo.contacts.records.named import Names
from halo.contacts.records.narrowing import Narrowing, check_range
from halo.contacts.records.paging import Field, Page, PageWanted, RecordList, Sort
from halo.contacts.records.visible import Statement, reading
from halo.contacts.vocabulary import Author, Rating
from halo.ground.principal import Principal

_Question = aliased(ConversationMessage)

SORTS = {
    "newest": Sort(ConversationMessage.rated_at, True, "Last rated first."),
    "oldest": Sort(ConversationMessage.rated_at, False, "First rated first."),
}
COUNTED_BY = {
    "agent": Field(Conversation.agent_name.expression),
    "company": Field(Company.name.expression, Company.id),
    "user": Field(func.coalesce(EndUser.name, EndUser.email), EndUser.id),
}
LISTED = {
    "id": ConversationMessage.id,
    "transcript_id": ConversationMessage.conversation_id,
    "transcript_title": Conversation.title,
    "position": ConversationMessage.position,
    "question": _Question.body,
    "answer": ConversationMessage.body,
    "comment": ConversationMessage.rating_comment,
    "correction": ConversationMessage.correction,
    "confidence": ConversationMessage.confidence,
    "agent": Conversation.agent_name,
    "mood": Conversation.mood,
    "outcome": Conversation.outcome,
    "user_id": EndUser.id,
    "user_name": EndUser.name,
    "user_email": EndUser.email,
    "company_id": Company.id,
    "company_name": Company.name,
    "company_domain": Company.domain,
    "rated_at": ConversationMessage.rated_at,
}
"""What `search` reads, in the order of the rows' columns."""

_RATED: Statement = (
    select(*LISTED.values())
    .select_from(ConversationMessage)
    .join(Conversation, Conversation.id == ConversationMessage.conversation_id)
    .outerjoin(
        _Question,
        and_(
            _Question.conversation_id == ConversationMessage.conversation_id,
            _Question.position == ConversationMessage.position - 1,
            _Question.author == Author.END_USER.value,
        ),
    )
    .outerjoin(EndUser, EndUser.id == Conversation.end_user_id)
    .outerjoin(Company, Company.id == Conversation.company_id)
)


_LIST = RecordList(ConversationMessage, _RATED, SORTS, COUNTED_BY)


def search(
    *,
    principal: Principal,
    wanted: PageWanted,
    query: str | None = None,
    company: str | None = None,
    user: str | None = None,
    agent: str | None = None,
    has_comment: bool | None = None,
    is_corrected: bool | None = None,
    since: datetime.datetime | None = None,
    until: datetime.datetime | None = None,
) -> Page:
    """Answers that were rated down, `LISTED` columns first; `query` looks into the whole conversation."""
    check_range(("since", since), ("until", until))
    with reading(principal) as reader:
        filters, named = Narrowing(reader, principal), Names(reader, principal)
        # The index of ratings holds those with a time; whoever rates writes both.
        filters.add(and_(ConversationMessage.rating == Rating.DOWN.value, ConversationMessage.rated_at.is_not(None)))
        filters.words("conversation", ConversationMessage.conversation_id, query)
        where = Narrowing(reader, principal)
        where.company(Conversation.company_id, company)
        where.end_user(Conversation.end_user_id, user)
        named.word(where, "agent", Conversation.agent_name, agent)
        filters.inside(ConversationMessage.conversation_id, Conversation, Conversation.id, where)
        for column, given in (
            (ConversationMessage.rating_comment, has_comment),
            (ConversationMessage.correction, is_corrected),
        ):
            if given is not None:
                filters.add(column.is_not(None) if given else column.is_(None))
        filters.between(ConversationMessage.rated_at, since, until)
        return named.checked(_LIST.page(reader, filters, wanted))
