"""How the record tools say things in text: dates, money, one line of somebody's words, how much of a list is shown."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from enum import Enum
from typing import Any

from halo.contacts.records.paging import Page
from halo.contacts.vocabulary import HealthTier
from halo.ground import zone
from halo.ground.periods import Written

LONGEST_VALUE = 120
LONGEST_FIELD = 2000
"""Characters of a summary, a comment or a correction in the data of a list."""


def iso(moment: datetime.datetime | datetime.date | None) -> str | None:
    """A moment as results carry it: on the workspace's clock, with its offset."""
    if moment is None:
        return None
    if isinstance(moment, datetime.datetime):
        return zone.local(moment).isoformat(timespec="seconds")
    return moment.isoformat()


def day(moment: datetime.datetime | datetime.date | None) -> str:
    """A moment as a day of the workspace."""
    return (iso(moment) or "never")[:10]


def minute(moment: datetime.datetime) -> str:
    """A moment to the minute, with its offset."""
    return zone.local(moment).isoformat(" ", "minutes")


def money(amount: float | None, currency: str) -> str:
    """An amount in a currency."""
    if amount is None:
        return "unknown"
    return f"{amount:,.0f} {currency}" if amount == int(amount) else f"{amount:,.2f} {currency}"


def counted(number: int, noun: str) -> str:
    """`1 ticket`, `2 tickets`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def line(text: str | None, longest: int = LONGEST_VALUE) -> str:
    """Somebody's text on one line, cut at a length."""
    if text is None:
        return ""
    if len(text) <= longest and text.isprintable():
        return text
    plain = " ".join(text.split())
    return plain if len(plain) <= longest else plain[: longest - 2].rstrip() + " …"


def cut(text: str | None, longest: int) -> str | None:
    """Somebody's text as it is, cut at a length."""
    return text if text is None or len(text) <= longest else text[: longest - 2] + " …"


def words(term: str | None) -> str:
    """A word of a vocabulary as a person reads it."""
    return term.replace("_", " ") if term else "unknown"


def health(score: int | None) -> str:
    """A health score with its tier."""
    return "not scored" if score is None else f"{score} ({words(HealthTier.of(score).value)})"


def renewal(status: str | None, date: datetime.date | None) -> str:
    """When and how a contract renews, to go on a sentence with; empty where nothing is known."""
    if status is None and date is None:
        return ""
    return f", renewal {day(date) if date else 'undated'}" + (f" ({words(status)})" if status else "")


def party(name: str | None, email: str | None) -> str:
    """Somebody by name and address, as far as known."""
    if name and email:
        return f"{line(name)} <{line(email)}>"
    return line(name or email) or "somebody unknown"


def pairs(values: Mapping[str, Any], most: int = 12) -> str:
    """Traits as `key: value`, the first few."""
    said = [f"{line(key, 60)}: {line(_plain(value))}" for key, value in list(values.items())[:most]]
    more = len(values) - most
    return ", ".join(said) + (f" and {more} more" if more > 0 else "")


def heading(page: Page, noun: str, given: Mapping[str, Any], plural: str = "") -> str:
    """How many there are, what was asked, how many of them follow, and by whose clock."""
    asked = {name: value for name, value in given.items() if name not in ("limit", "cursor", "sort", "count_by")}
    where = f" with {', '.join(f'{name} {_said(value)}' for name, value in asked.items())}" if asked else ""
    count = f"{page.total:,}" if page.total_is_exact else f"more than {page.total:,}"
    shown = len(page.rows)
    nouns = noun if page.total == 1 else plural or f"{noun}s"
    if not page.total:
        return f"No {nouns}{where}."
    if page.counts is not None:
        return f"{count} {nouns}{where}, by {given['count_by']}:"
    order = "" if page.total == 1 or page.sort is None else f" {page.sort.sentence}"
    clock = f" Times in {zone.name()}."
    if shown == page.total:
        return f"{count} {nouns}{where}.{order}{clock}"
    return f"Showing {shown} of {count} {nouns}{where}.{order}{clock}"


def going_on(cursor: str | None) -> str:
    """How to get the rest, as the last line of a list."""
    return f"\nThere are more: call again with the same arguments and cursor {cursor}" if cursor else ""


def _said(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " or ".join(_said(one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    return f"{line(str(value))!r}" if isinstance(value, (str, Written)) else str(value)


def _plain(value: Any) -> str:
    if isinstance(value, dict) and "value" in value:
        value = value["value"]
    return value if isinstance(value, str) else "yes" if value is True else "no" if value is False else str(value)
