"""How pages say times, names and numbers: pure functions that templates use as filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

_STEPS = ((60, "second", 1), (3600, "minute", 60), (86400, "hour", 3600), (30 * 86400, "day", 86400))
_MONTH, _YEAR = 30 * 86400, 365 * 86400


def iso(at: datetime) -> str:
    """For `datetime` attributes: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc(at: datetime) -> str:
    """The moment in full, for people."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def ago(at: datetime, now: datetime | None = None) -> str:
    """`5 minutes ago`, `in 3 days`: the largest unit that is at least one."""
    seconds = int(((now or datetime.now(UTC)) - at).total_seconds())
    distance = _distance(abs(seconds))
    if distance is None:
        return "just now"
    return f"{distance} ago" if seconds > 0 else f"in {distance}"


def _distance(seconds: int) -> str | None:
    if seconds < 5:
        return None
    for limit, word, size in _STEPS:
        if seconds < limit:
            return count(seconds // size, word)
    return count(seconds // _MONTH, "month") if seconds < _YEAR else count(seconds // _YEAR, "year")


def count(number: int, word: str) -> str:
    """`1 tool`, `1,200 tools`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def initials(name: str | None) -> str:
    """One or two letters for an avatar."""
    words = [word for word in (name or "").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def steps(starts: datetime, seconds: int, count: int) -> list[datetime]:
    """The moments at which the columns of a chart begin."""
    return [starts + timedelta(seconds=seconds * place) for place in range(count)]


FILTERS: dict[str, Callable[..., Any]] = {
    "iso": iso, "utc": utc, "ago": ago, "counted": count, "initials": initials, "steps": steps,
}  # fmt: skip
