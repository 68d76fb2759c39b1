"""Marks on what a server says of its tools: words that steer a model, text that nobody sees, names of other tools.

A mark decides nothing. It stands beside the description where a person reviews it, with the words that it is about, so
that what a model would read is looked at by somebody who can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from halo.ground.text import names

STEERS = re.compile(
    r"""
    \b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|earlier|other|all)\b.{0,30}
        \b(?:instructions?|rules?|prompts?|messages?|tools?)\b
    | \b(?:do\s+not|don't|never)\b.{0,30}\b(?:tell|mention|inform|reveal|show|ask)\b.{0,30}
        \b(?:user|person|human|customer)\b
    | \b(?:always|must|first|before)\b.{0,30}\b(?:call|use|invoke|run)\b.{0,30}\b(?:this|the)\s+tool\b
    | \b(?:system\s+prompt|developer\s+message)\b
    | <\s*/?\s*(?:important|system|instructions?|secret)\s*>
    | \b(?:send|pass|include|append|attach|forward|upload)\b.{0,40}
        \b(?:conversation|chat\s+history|transcript|credentials?|passwords?|api\s*keys?|tokens?|ssh\s+keys?|\.env)\b
    | \binstead\s+of\b.{0,30}\b(?:the\s+)?\w+\s+tool\b
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
"""Wordings that public reports of poisoned descriptions share."""


LONGEST = 8_000
"""Signs of a text that are looked at: twice what a model is shown of it (`halo.servers.sanitising.text`)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that a reviewer should look at."""

    where: str
    """`description`, or the parameter whose description it is."""
    says: str
    quote: str


def marks(definition: Mapping[str, Any], others: Iterable[str]) -> list[Mark]:
    """All marks of one definition; `others` are the names of other tools in reach of the same model."""
    tools = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in others if len(name) > 5) or r"(?!)")
    return [mark for where, said in _texts(definition) for mark in _marks(where, said, tools)]


def _marks(where: str, said: str, tools: re.Pattern[str]) -> Iterator[Mark]:
    said = said[:LONGEST]
    for found in STEERS.finditer(said):
        yield Mark(where, "These words tell the model what to do beyond the tool.", _quote(found.group()))
    if unseen := [sign for at, sign in enumerate(said) if names.is_unseen(said, at)]:
        shown = " ".join(sorted({f"U+{ord(sign):04X}" for sign in unseen})[:5])
        yield Mark(where, f"{len(unseen)} signs in it cannot be seen.", shown)
    for found in tools.finditer(said):
        yield Mark(where, "It speaks of another tool.", found.group())


def _texts(definition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for part in ("title", "description"):
        if isinstance(definition.get(part), str):
            yield part, definition[part]
    schema = definition.get("inputSchema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for name, shape in properties.items() if isinstance(properties, dict) else ():
        yield from ((name, said) for said in _descriptions(shape))


def _descriptions(shape: Any) -> Iterator[str]:
    if isinstance(shape, dict):
        if isinstance(shape.get("description"), str):
            yield shape["description"]
        for part in shape.values():
            yield from _descriptions(part)
    elif isinstance(shape, list):
        for part in shape:
            yield from _descriptions(part)


def _quote(said: str) -> str:
    return " ".join(said.split())[:160]
