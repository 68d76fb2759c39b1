"""The place in a conversation that answers a search: where its words stand, said by the side that was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from halo.contacts.records import terms
from halo.contacts.records.terms import Sought
from halo.contacts.vocabulary import Side

LONGEST = 240
SUBJECT = 4
"""What a word of the subject counts beside an aside of the question."""


@dataclass(frozen=True, slots=True)
class _Message:
    author: str
    text: str
    worth: int
    """Of the words in it."""
    at: int
    """Where the first of them stands."""


def of_conversations(messages: Iterable[Any], query: str, side: Side | None) -> dict[str, str]:
    """For each conversation its best place, from (conversation_id, author, body) of all its messages in their order."""
    words = terms.read(query, is_question=True).words
    found: dict[str, str] = {}
    for identity, said in groupby(messages, key=lambda row: str(row[0])):
        best = _best([_message(author, body, words) for _, author, body in said], side)
        if best is not None:
            found[identity] = f"{best.author}: {_cut(best.text, best.at)}"
    return found


def _best(said: Sequence[_Message], side: Side | None) -> _Message | None:
    """What holds most of the words, of this side where it holds any; else what the side said next after it."""
    wanted = [one for one in said if side is None or one.author in side.authors]
    if best := _richest(wanted):
        return best
    richest = _richest(said)
    if richest is None:
        return None
    later = said[said.index(richest) :]
    return next((one for one in later if one in wanted), richest)


def _richest(said: Sequence[_Message]) -> _Message | None:
    best = max(said, key=lambda one: one.worth, default=None)
    return best if best is not None and best.worth else None


def _message(author: str, body: str, words: Sequence[Sought]) -> _Message:
    text = " ".join(body.split())
    places = terms.places(text, words)
    worth = sum(1 if word.is_aside else SUBJECT for word in words if word.word in places)
    return _Message(author, text, worth, min(places.values(), default=0))


def _cut(text: str, at: int) -> str:
    start = max(0, at - LONGEST // 3)
    piece = text[start : start + LONGEST]
    return ("… " if start else "") + piece + (" …" if start + LONGEST < len(text) else "")
