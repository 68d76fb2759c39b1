"""Days, months, moments and words such as `last_week`: what a text says about time, as one stretch of it.

Whatever is written has a beginning and an end: `2026-11-10` is that day, `2026-Q3` that quarter, `09:00` a moment of no
length. A range from A to B goes from A's beginning to B's end, so a day as the end of a range includes that day. Days
are those of the time zone that is given, the workspace's; a moment without an offset is read in it too.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
import zoneinfo
from dataclasses import dataclass
from functools import cached_property

from halo.ground.text import nearest
from halo.ground.text.names import visible

Zone = zoneinfo.ZoneInfo
EARLIEST, LATEST = 1900, 2200
"""Years that anybody means; what lies outside is a slip."""
_YEARS = f"the year must lie between {EARLIEST} and {LATEST}"
_MILLISECONDS = 1e11
"""So many seconds end in the year 5138: more are milliseconds."""
_SHOWN = 40
"""Characters of what is not understood that are repeated."""
TICK = datetime.timedelta(microseconds=1)
_DAY = datetime.timedelta(days=1)
_SPAN = re.compile(
    r"(in |\+|-)?(\d{1,4}) ?(h|hours?|d|days?|w|weeks?|m|months?|y|years?)( ago)?", re.ASCII | re.IGNORECASE
)
_HOURS = {"h": 1, "d": 24, "w": 168, "m": 730, "y": 8766}
_YEAR = re.compile(r"(\d{4})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_QUARTER = re.compile(r"(?:(\d{4})-?Q([1-4])|Q([1-4])[ -/]?(\d{4}))", re.ASCII | re.IGNORECASE)
_WEEK = re.compile(r"(\d{4})-?W(\d\d)", re.ASCII | re.IGNORECASE)
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})", re.ASCII)
_TIME = re.compile(r"(.{7,10})[T ](\d\d.*)", re.ASCII | re.IGNORECASE)
_UNITS = ("week", "month", "quarter", "year")
_LENGTHS = (7, 14, 28, 30, 60, 90, 180, 365)
_OTHERS = {"previous": "last", "past": "last", "current": "this", "coming": "next"}
WORDS = (
    "now", "today", "yesterday", "tomorrow",
    *(f"{which}_{unit}" for which in ("this", "last", "next") for unit in _UNITS),
    *(f"{unit}_to_date" for unit in _UNITS),
    *(f"{which}_{days}_days" for which in ("last", "next") for days in _LENGTHS),
)  # fmt: skip
"""The words that are understood, in any case, with spaces or signs between."""
_A_DAY = "a day (2026-08-01, 20260801, 2026-213, 2026-W31-6)"
_A_MOMENT = "a moment (2026-08-01T09:00+02:00)"
TAKEN = (
    f"{_A_DAY}, a week, month, quarter or year (2026-W31, 2026-08, 2026-Q3, 2026), {_A_MOMENT}, how long ago "
    "(12h, 30d, 6w, 3m, 1y), or a word such as yesterday, last_week, last_30_days, last_quarter"
)
"""What is understood, in a sentence's end."""
DATED = f"{_A_DAY} or {_A_MOMENT}"
"""The same of what a record holds (`dated`)."""


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, which is the first moment behind it; a moment begins and ends at once."""

    start: datetime.datetime
    end: datetime.datetime

    @property
    def last(self) -> datetime.datetime:
        """The last moment that belongs to it."""
        return max(self.start, self.end - TICK)


@dataclass(frozen=True)
class Written:
    """A time as a caller wrote it, good in any time zone; `bound` says which moment it is as the edge of a range."""

    text: str
    is_end: bool = False
    is_date: bool = False
    """Whether days are compared, not moments: then a bare `30d` lies ahead."""

    def __str__(self) -> str:
        return self.text

    def bound(self, time_zone: str, now: datetime.datetime | None = None) -> datetime.datetime | datetime.date:
        """The first moment or day of a range, or the last that belongs to it."""
        period = read(self.text, time_zone, now=now, is_ahead=self.is_date)
        at = (period.last if self.is_end else period.start).astimezone(Zone(time_zone))
        return at.date() if self.is_date else at


def read(text: str, time_zone: str, *, now: datetime.datetime | None = None, is_ahead: bool = False) -> Period:
    """What the text says; raises ValueError with a sentence for what cannot be understood.

    `is_ahead`: a bare span such as `30d` lies ahead, not behind.
    """
    zone = Zone(time_zone)
    at = (now or datetime.datetime.now(datetime.UTC)).astimezone(zone)
    plain = _plain(text)
    try:
        found = _word(plain, at) or _span(plain, at, is_ahead) or _Calendar(plain, zone).period
    except (ValueError, OverflowError):
        raise ValueError(_unread(text)) from None
    return _meant(found)


def dated(text: str, time_zone: str) -> datetime.datetime:
    """The moment that the text names, or the beginning of the day: what a record holds, and so no month and no word.

    It bears the offset that was written. Raises ValueError with a sentence.
    """
    try:
        found = _Calendar(_plain(text), Zone(time_zone)).dated
    except (ValueError, OverflowError):
        raise ValueError(f"“{visible(text[:_SHOWN])}” is no day and no moment. Write {DATED}") from None
    return _meant(found).start


def since_1970(seconds: float) -> datetime.datetime:
    """The moment so many seconds after the beginning of 1970; so many milliseconds, where they are too many. Raises
    ValueError with a sentence."""
    try:
        at = datetime.datetime.fromtimestamp(seconds / 1000 if abs(seconds) > _MILLISECONDS else seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(_YEARS) from None
    return _meant(Period(at, at)).start


def said(at: datetime.datetime, time_zone: str) -> str:
    """A moment with its offset, as answers say it: to the second."""
    return at.astimezone(Zone(time_zone)).isoformat(timespec="seconds")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", visible(text))


def _meant(found: Period) -> Period:
    if not EARLIEST <= found.start.year <= found.last.year <= LATEST:
        raise ValueError(_YEARS)
    return found


def _unread(text: str) -> str:
    shown = visible(text[:_SHOWN])
    meant = nearest.meant(_as_word(shown), WORDS)
    return f"“{shown}” is no time that is understood.{meant} Write {TAKEN}."


def _as_word(text: str) -> str:
    word = re.sub(r"[\s_-]+", "_", text.strip().lower())
    first, _, rest = word.partition("_")
    return f"{_OTHERS[first]}_{rest}" if first in _OTHERS and rest else word


def _word(text: str, at: datetime.datetime) -> Period | None:
    word = _as_word(text)
    if word not in WORDS:
        return None
    if word == "now":
        return Period(at, at)
    today = at.date()
    which, _, unit = word.partition("_")
    if unit.endswith("_days"):
        days = int(unit.removesuffix("_days"))
        first, last = (today - _DAY * (days - 1), today) if which == "last" else (today, today + _DAY * (days - 1))
        return _days(first, last + _DAY, at.tzinfo)
    if word.endswith("_to_date"):
        return Period(_midnight(_unit_of(today, which), at.tzinfo), at)
    if unit in _UNITS:
        begin = _moved(today, unit, {"last": -1, "this": 0, "next": 1}[which])
        return _days(begin, _moved(begin, unit, 1), at.tzinfo)
    day = today + _DAY * {"yesterday": -1, "today": 0, "tomorrow": 1}[word]
    return _days(day, day + _DAY, at.tzinfo)


def _span(text: str, at: datetime.datetime, is_ahead: bool) -> Period | None:
    found = _SPAN.fullmatch(text)
    if found is None or (found[1] and found[4]):
        return None
    sign = 1 if found[1] in ("in ", "In ", "+") or (is_ahead and not found[1] and not found[4]) else -1
    # Counted in UTC: an hour ago is an hour ago, also in the night in which clocks are moved.
    moved = at.astimezone(datetime.UTC) + sign * datetime.timedelta(hours=int(found[2]) * _HOURS[found[3][0].lower()])
    return Period(moved.astimezone(at.tzinfo), moved.astimezone(at.tzinfo))


@dataclass(frozen=True)
class _Calendar:
    """Dates and moments by the calendar (ISO 8601), and quarters."""

    text: str
    zone: datetime.tzinfo

    @cached_property
    def period(self) -> Period:
        """Raises ValueError for what is none."""
        text = self.text
        if found := _QUARTER.fullmatch(text):
            return self._unit(int(found[1] or found[4]), int(found[2] or found[3]) * 3 - 2, "quarter")
        if found := _MONTH.fullmatch(text):
            return self._unit(int(found[1]), int(found[2]), "month")
        if found := _YEAR.fullmatch(text):
            return self._unit(int(found[1]), 1, "year")
        if found := _WEEK.fullmatch(text):
            monday = datetime.date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return _days(monday, monday + 7 * _DAY, self.zone)
        return self.dated

    @property
    def dated(self) -> Period:
        """A day or a moment only."""
        if found := _TIME.fullmatch(self.text):
            # In an address a bare + is a blank, and so `+02:00` arrives.
            return self._moment(_day(found[1]), datetime.time.fromisoformat(found[2].upper().replace(" ", "+")))
        day = _day(self.text)
        return _days(day, day + _DAY, self.zone)

    def _unit(self, year: int, month: int, unit: str) -> Period:
        begin = datetime.date(year, month, 1)
        return _days(begin, _moved(begin, unit, 1), self.zone)

    def _moment(self, day: datetime.date, time: datetime.time) -> Period:
        at = datetime.datetime.combine(day, time)
        at = at if at.tzinfo else at.replace(tzinfo=self.zone)
        return Period(at, at)


def _day(text: str) -> datetime.date:
    if found := _ORDINAL.fullmatch(text):
        day = datetime.date(int(found[1]), 1, 1) + _DAY * (int(found[2]) - 1)
        if day.year != int(found[1]):
            raise ValueError(text)
        return day
    return datetime.date.fromisoformat(text.upper())


def _unit_of(day: datetime.date, unit: str) -> datetime.date:
    """The first day of the week, month, quarter or year in which the day lies."""
    if unit == "week":
        return day - _DAY * day.weekday()
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1, "year": 1}[unit]
    return day.replace(month=month, day=1)


def _moved(day: datetime.date, unit: str, by: int) -> datetime.date:
    """The first day of the unit that lies so many further on."""
    begin = _unit_of(day, unit)
    if unit == "week":
        return begin + 7 * by * _DAY
    months = begin.year * 12 + begin.month - 1 + by * {"month": 1, "quarter": 3, "year": 12}[unit]
    return datetime.date(months // 12, months % 12 + 1, 1)


def _days(first: datetime.date, end: datetime.date, zone: datetime.tzinfo | None) -> Period:
    return Period(_midnight(first, zone), _midnight(end, zone))


def _midnight(day: datetime.date, zone: datetime.tzinfo | None) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time.min, zone)
