"""`data_search_transcripts`: lists of conversations with AI agents."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from halo.contacts.records import conversations
from halo.ground.principal import Principal
from halo.tool import Answer, Result, tool
from halo.tools.records.lists import Lists
from halo.tools.records.phrasing import LONGEST_FIELD, cut, line, party, words
from halo.tools.records.replies import parties, said_works, times
from halo.tools.records.shapes import (
    ANY_OF,
    COMPANY,
    COUNT_BY,
    CURSOR,
    LIMIT,
    MOST_WORDS,
    USER,
    WHEN,
    AChannel,
    AConversationStatus,
    ARating,
    ASide,
    CompanyName,
    Cursor,
    Limit,
    Listing,
    Moods,
    Outcomes,
    Person,
    Query,
    RecordArguments,
    Score,
    Since,
    Text,
    Until,
)


class SearchTranscripts(RecordArguments):
    query: Query | None = Field(
        default=None,
        description="Question or words said." + MOST_WORDS,
    )
    said_by: ASide | None = Field(default=None, description="Quotes their words; us: agent, team.")
    company: Text | None = Field(default=None, description=COMPANY)
    user: Text | None = Field(default=None, description=USER)
    mood: Moods = Field(default=[], description="Customer's, one of these.")
    outcome: Outcomes = Field(
        default=[],
        description=ANY_OF,
    )
    rating: ARating | None = Field(default=None, description="Holds an answer rated so.")
    status: AConversationStatus | None = Field(default=None, description="live: going on.")
    channel: AChannel | None = Field(default=None, description="How it came in.")
    agent: Text | None = Field(default=None, description="Agent's name.")
    min_ai_score: Score | None = Field(default=None, description="AI score at least (0-100).")
    max_ai_score: Score | None = Field(default=None, description="AI score at most.")
    since: Since | None = Field(default=None, description="Begun on or after" + WHEN)
    until: Until | None = Field(default=None, description="Begun on or before.")
    sort: Literal["best", "newest", "oldest", "ai_score"] | None = Field(
        default=None, description="ai_score: lowest first."
    )
    limit: Limit = Field(default=10, description=LIMIT)
    cursor: Cursor | None = Field(default=None, description=CURSOR)
    count_by: Literal["mood", "outcome", "channel", "agent", "company", "user"] | None = Field(
        default=None, description=COUNT_BY
    )


class ListedTranscript(Result):
    id: str = Field(description="For data_get_transcript.")
    title: str
    summary: str | None
    match: str | None = Field(description="The place where the words of the query stand, with who said it.")
    status: str
    mood: str | None
    outcome: str | None
    ai_confidence: int | None
    ai_score: int | None
    channel: str
    agent: str | None
    user: Person | None
    company: CompanyName | None
    messages: int
    thumbs_up: int
    thumbs_down: int
    started_at: str
    ended_at: str | None


class Transcripts(Listing):
    transcripts: list[ListedTranscript]


@tool(
    title="Search conversations",
    scope="data:read",
    group="records",
    result=Transcripts,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="filtered",
    customer={"user": "id"},
)
def data_search_transcripts(arguments: SearchTranscripts, *, principal: Principal) -> Answer:
    """Lists customers' chats with AI agents: summary, mood, outcome, words that fit.

    Finds what somebody was told. One in full: data_get_transcript.
    """
    return TRANSCRIPTS.answer(arguments, principal)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    told = parties(times(row, "started_at", "ended_at"))
    return told | {"summary": cut(told["summary"], LONGEST_FIELD)}


def _said(one: dict[str, Any], _currency: str) -> str:
    who = party(one["user"]["name"], one["user"]["email"]) if one["user"] else "a visitor"
    how = ", ".join(words(word) for word in (one["mood"], one["outcome"] or one["status"]) if word)
    found = one["match"] or one["summary"]
    return f"- {one['started_at'][:10]} {line(one['title'])}: {who}{said_works(one)}, {how}, id {one['id']}" + (
        f"\n  > {line(found, 260)}" if found else ""
    )


TRANSCRIPTS = Lists(
    "transcripts", "conversation", conversations.search, conversations.LISTED, _told, _said, says_match=True
)
