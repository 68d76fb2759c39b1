"""Words of a server as a reviewer reads them: what a mark is about stands out, the rest is plain."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from halo.servers import sanitising
from halo.servers.suspicion import Mark

LONGEST = 4000
"""Signs of a description that a page shows."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text."""

    text: str
    is_marked: bool


def pieces(said: object, marks: Iterable[Mark] = (), where: str = "description") -> list[Piece]:
    """The text in parts, those marked that a mark quotes from it; signs that nobody sees are gone."""
    text = sanitising.text(said, LONGEST)
    found = _pattern([mark.quote for mark in marks if mark.where == where])
    if found is None:
        return [Piece(text, is_marked=False)] if text else []
    parts = found.split(text)
    return [Piece(part, is_marked=bool(number % 2)) for number, part in enumerate(parts) if part]


def _pattern(quotes: list[str]) -> re.Pattern[str] | None:
    """What finds any of the quotes, which stand with single spaces."""
    words = [r"\s+".join(map(re.escape, sanitising.text(quote).split())) for quote in quotes]
    longest_first = sorted({word for word in words if word}, key=len, reverse=True)
    return re.compile(f"({'|'.join(longest_first)})") if longest_first else None
