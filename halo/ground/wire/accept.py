"""What a client takes, from its `Accept`: media types with weights (RFC 9110 section 12.5.1), never a piece of text."""

from __future__ import annotations

from functools import lru_cache

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

JSON, EVENTS, PAGE = "application/json", "text/event-stream", "text/html"
LONGEST = 1000
"""Characters of the header that are read."""


def weight(header: str | None, kind: str) -> float:
    """How gladly a client that sent this header takes that type, 0 for not at all; without a header it takes all.

    What it says of the very type counts before what it says of a range, whatever parameters stand beside.
    """
    if not header:
        return 1
    said = _read(header[:LONGEST])
    by_name = _by_name(said, kind)
    return max(by_name) if by_name else float(said.quality(kind))


def names(header: str | None, kind: str) -> bool:
    """Whether it asks for that very type, and not only for a range that holds it."""
    return bool(header) and any(_by_name(_read(str(header)[:LONGEST]), kind))


def _by_name(said: MIMEAccept, kind: str) -> list[float]:
    return [float(weight) for one, weight in said if one.partition(";")[0].strip().lower() == kind]


@lru_cache(maxsize=200)
def _read(header: str) -> MIMEAccept:
    return parse_accept_header(header, MIMEAccept)
