"""`data_get_transcript`: one conversation, message by message."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from halo.contacts.records import conversations
from halo.contacts.records.threads import Thread
from halo.ground.principal import Principal
from halo.tool import Answer, Result, tool
from halo.tools.records.phrasing import LONGEST_FIELD, counted, cut, iso, line, minute, party, words
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


class GetTranscript(RecordArguments):
    id: Text = Field(description="Id of the conversation, as data_search_transcripts names it.")
    after: Position = Field(default=0, description=POSITION)
    limit: Limit = Field(default=30, description="How many messages, 1 to 50.")
    characters: Characters = Field(default=4000, description=CHARACTERS)


class Message(Result):
    position: int
    author: str = Field(description="end_user, ai, teammate or system.")
    author_name: str | None
    sent_at: str
    confidence: int | None = Field(description="How sure the AI agent was, 0 to 100.")
    rating: str | None = Field(description="The customer's thumb on this message: up or down.")
    rating_comment: str | None
    correction: str | None = Field(description="What a teammate says the answer should have been.")
    body: str
    length: int = Field(description="Characters of the whole message.")
    is_cut: bool = Field(description="Whether body is only its beginning.")


class Transcript(Result):
    id: str
    title: str
    summary: str | None
    status: str
    mood: str | None
    outcome: str | None
    ai_confidence: int | None
    ai_score: int | None
    channel: str
    agent: str | None
    user: Person | None
    company: CompanyName | None
    ticket_id: str | None = Field(description="The ticket that it was handed over as, for data_get_ticket.")
    page_url: str | None = Field(description="The page on which it began.")
    session_id: str | None
    messages: int
    thumbs_up: int
    thumbs_down: int
    started_at: str
    ended_at: str | None


class ReadTranscript(Result):
    conversation: Transcript
    thread: list[Message] = Field(description="Oldest first.")
    next_after: int | None = Field(description="Send it as after for the next messages; null at the end.")


@tool(
    title="Read a conversation",
    scope="data:read",
    group="records",
    result=ReadTranscript,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="filtered",
)
def data_get_transcript(arguments: GetTranscript, *, principal: Principal) -> Answer:
    """Returns one conversation between a customer and an AI agent, message by message.

    With mood, outcome, AI score, the agent's confidence in each answer, the customer's ratings and comments, and
    corrections by the team. Long conversations come in parts (next_after), long messages are cut at a stated length.
    """
    return read_thread(conversations, arguments.id, arguments, principal, _answer)


def _answer(conversation: dict[str, Any], thread: Thread) -> tuple[str, dict[str, Any]]:
    told = parties(dict(conversation))
    told["started_at"], told["ended_at"] = iso(conversation["started_at"]), iso(conversation["ended_at"])
    told["summary"] = cut(told["summary"], LONGEST_FIELD)
    messages = []
    said = [_head(conversation)]
    for row in thread.rows:
        message = dict(zip(_COLUMNS, row[:-1], strict=True))
        message["body"], message["length"], message["is_cut"] = thread.body(row)
        for name in ("rating_comment", "correction"):
            message[name] = cut(message[name], thread.cut)
        said.append(_said(message))
        message["sent_at"] = iso(message["sent_at"])
        messages.append(message)
    data = {"conversation": told, "thread": messages, "next_after": thread.last}
    return "\n".join(said) + rest_of_thread(thread.last), data


_COLUMNS = (
    "position", "author", "author_name", "sent_at", "confidence", "rating", "rating_comment", "correction",
)  # fmt: skip


def _head(one: dict[str, Any]) -> str:
    who = party(one["user_name"], one["user_email"]) if one["user_id"] else "a visitor"
    works = f" ({line(one['company_name'])})" if one["company_name"] else ""
    score = f", AI score {one['ai_score']}" if one["ai_score"] is not None else ""
    said = [
        line(one["title"], 300),
        (
            f"{who}{works} with {line(one['agent']) or 'an AI agent'}, {minute(one['started_at'])}, by "
            f"{words(one['channel'])}: mood {words(one['mood'])}, {words(one['outcome'] or one['status'])}{score}. "
            f"{counted(one['messages'], 'message')}."
        ),
    ]
    if one["summary"]:
        said.append(f"Summary: {line(one['summary'], 600)}")
    if one["ticket_id"]:
        said.append(f"Handed over as ticket {one['ticket_id']}.")
    return "\n".join(said)


def _said(message: dict[str, Any]) -> str:
    who = said_author(message["author_name"], message["author"])
    said = f"\n[{message['position']}] {minute(message['sent_at'])} {who}:\n{quoted(message['body'])}"
    if message["is_cut"]:
        said += cut_note(message["body"], message["length"])
    if message["rating"]:
        comment = f": {line(message['rating_comment'], 300)}" if message["rating_comment"] else ""
        said += f"\n[rated thumbs {message['rating']}{comment}]"
    if message["correction"]:
        said += f"\n[correction by the team: {line(message['correction'], 600)}]"
    return said
