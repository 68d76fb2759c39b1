"""`data_list_negative_feedback`: the answers that customers rated down."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from halo.contacts.records import feedback
from halo.ground.principal import Principal
from halo.tool import Answer, Result, tool
from halo.tools.records.lists import Lists
from halo.tools.records.phrasing import LONGEST_FIELD, cut, line, party
from halo.tools.records.replies import parties, said_works, times
from halo.tools.records.shapes import (
    COMPANY,
    COUNT_BY,
    CURSOR,
    LIMIT,
    MOST_WORDS,
    USER,
    WHEN,
    CompanyName,
    Cursor,
    Limit,
    Listing,
    Person,
    Query,
    RecordArguments,
    Since,
    Text,
    Until,
)


class ListNegativeFeedback(RecordArguments):
    query: Query | None = Field(default=None, description="Question, or words of the conversation." + MOST_WORDS)
    company: Text | None = Field(default=None, description=COMPANY)
    user: Text | None = Field(default=None, description=USER)
    agent: Text | None = Field(default=None, description="Name of the AI agent.")
    has_comment: bool | None = Field(default=None, description="Whether the customer said why.")
    is_corrected: bool | None = Field(default=None, description="Whether a teammate wrote a correction.")
    since: Since | None = Field(default=None, description="Rated on or after" + WHEN)
    until: Until | None = Field(default=None, description="Rated on or before.")
    sort: Literal["best", "newest", "oldest"] | None = Field(
        default=None, description="Best match, or by when it was rated. Unset: best or newest."
    )
    limit: Limit = Field(default=10, description=LIMIT)
    cursor: Cursor | None = Field(default=None, description=CURSOR)
    count_by: Literal["agent", "company", "user"] | None = Field(default=None, description=COUNT_BY)


class Feedback(Result):
    id: str = Field(description="Id of the rated message.")
    transcript_id: str = Field(description="For data_get_transcript.")
    transcript_title: str
    position: int = Field(description="Of the message in the conversation.")
    question: str | None = Field(description=f"What the customer had asked; cut at {LONGEST_FIELD} characters.")
    answer: str = Field(description=f"The answer that was rated down; cut at {LONGEST_FIELD} characters.")
    comment: str | None = Field(description="Why, in the customer's words.")
    correction: str | None = Field(description="What a teammate says the answer should have been.")
    confidence: int | None = Field(description="How sure the AI agent was, 0 to 100.")
    agent: str | None
    mood: str | None
    outcome: str | None
    user: Person | None
    company: CompanyName | None
    rated_at: str | None


class NegativeFeedback(Listing):
    feedback: list[Feedback]


@tool(
    title="List negative feedback",
    scope="data:read",
    group="records",
    result=NegativeFeedback,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="filtered",
    customer={"user": "id"},
)
def data_list_negative_feedback(arguments: ListNegativeFeedback, *, principal: Principal) -> Answer:
    """Lists the answers of AI agents that customers gave a thumbs down.

    Each with the question before it, the customer's comment, the team's correction if there is one, and the
    conversation it belongs to; all messages of that: data_get_transcript. Says how many fit in all.
    """
    return FEEDBACK.answer(arguments, principal)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    told = parties(times(row, "rated_at"))
    return told | {name: cut(told[name], LONGEST_FIELD) for name in ("question", "answer", "comment", "correction")}


def _said(one: dict[str, Any], _currency: str) -> str:
    who = party(one["user"]["name"], one["user"]["email"]) if one["user"] else "a visitor"
    rated = (one["rated_at"] or "undated")[:10]
    said = [f"- {rated} {who}{said_works(one)} in {line(one['transcript_title'])}, transcript {one['transcript_id']}"]
    labels = ("question", "answer", "comment", "correction")
    said += [f"  {label}: {line(one[label], 260)}" for label in labels if one[label]]
    return "\n".join(said)


FEEDBACK = Lists(
    "feedback", "answer rated down", feedback.search, feedback.LISTED, _told, _said, plural="answers rated down"
)
