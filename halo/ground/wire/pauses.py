"""How long a server asks to be left alone: `Retry-After`, a number of seconds or a date (RFC 9110 section 10.2.3)."""

from __future__ import annotations

import datetime
import email.utils


def seconds_asked(said: str, at_most: int) -> int:
    """The seconds, so many at most; 0 where it says nothing that can be understood, or a moment that is over."""
    said = said.strip()
    if said.isascii() and said.isdigit():
        return min(int(said[:9]), at_most)
    try:
        at = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return 0
    at = at if at.tzinfo else at.replace(tzinfo=datetime.UTC)
    return min(max(0, int((at - datetime.datetime.now(datetime.UTC)).total_seconds())), at_most)
