"""How pages say times, names and numbers: pure functions that templates use as filters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

_UNITS = (
    ("year", 365 * 86400), ("month", 30 * 86400), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1),
)  # fmt: skip


def iso(at: datetime) -> str:
    """For `datetime` attributes: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc(at: datetime) -> str:
    """The moment in full, for people."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def ago(at: datetime, now: datetime | None = None) -> str:
    """`5 minutes ago`, `in 3 days`: the largest unit that is at least one.

    What is past counts whole units; what is to come is rounded to the nearest, or a week would begin as 6 days.
    """
    seconds = int(((now or datetime.now(UTC)) - at).total_seconds())
    if abs(seconds) < 5:
        return "just now"
    return f"{_distance(seconds)} ago" if seconds > 0 else f"in {_distance(-seconds + _unit(-seconds)[1] // 2)}"


def _distance(seconds: int) -> str:
    word, size = _unit(seconds)
    return count(seconds // size, word)


def _unit(seconds: int) -> tuple[str, int]:
    return next(((word, size) for word, size in _UNITS if seconds >= size), _UNITS[-1])


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
