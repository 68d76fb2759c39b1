"""From when until when a decision holds: durations and moments as operators type them, on the page and in the shell."""

from __future__ import annotations

import datetime
import re

from halo.ground import periods
from halo.ground.errors import Mistake

LONGEST = datetime.timedelta(days=366)
_SPAN = re.compile(r"(\d{1,4}) ?(m|min|h|d)")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


def span(text: str, field: str) -> datetime.timedelta:
    """`30m`, `4h`, `1d`; raises `Mistake` on the field."""
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None or int(found[1]) == 0:
        raise Mistake(field, "Say how long as 30m, 4h or 1d.")
    return datetime.timedelta(**{_UNITS[found[2]]: int(found[1])})


def moment(text: str, field: str, *, is_end: bool = False) -> datetime.datetime:
    """A time such as `2026-11-30T18:00` or `tomorrow`, in UTC where it names no zone; raises `Mistake` on the field.

    A day is meant from its beginning, as an end to its last moment.
    """
    try:
        period = periods.read(text, "UTC", is_ahead=True)
    except ValueError:
        raise Mistake(field, "Write the time as 2026-11-30T18:00 or 2026-11-30; it is read as UTC.") from None
    return (period.end if is_end else period.start).astimezone(datetime.UTC)


def check(starts_at: datetime.datetime | None, ends_at: datetime.datetime | None, at: datetime.datetime) -> None:
    """Raise `Mistake` for a time that is over, of no length, or further away than anybody plans."""
    if starts_at is not None and starts_at <= at:
        raise Mistake("starts_at", "This time is over. Leave it empty to begin now.")
    if ends_at is not None and ends_at <= (starts_at or at):
        raise Mistake("ends_at", "The end lies before the beginning." if starts_at else "This time is over.")
    if any(each is not None and each - at > LONGEST for each in (starts_at, ends_at)):
        raise Mistake("starts_at" if starts_at and starts_at - at > LONGEST else "ends_at", "Plan a year at most.")
