"""The times that lists of the audit log are narrowed to: `span`, `from` and `until` of an address.

Days are the workspace's. What is asked for twice, as a span and as from or until, holds together.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from halo.ground import periods
from halo.ground.database import now
from halo.ground.periods import Period
from halo.web.queries import Kind, Query, one_of

Moment = datetime.datetime | None
_LAST = {
    "15m": ("Last 15 minutes", 0.25), "1h": ("Last hour", 1), "24h": ("Last 24 hours", 24),
    "7d": ("Last 7 days", 168), "30d": ("Last 30 days", 720), "90d": ("Last 90 days", 2160),
}  # fmt: skip
"""Words and hours."""
_CALENDAR = (
    "today", "yesterday", "this_week", "last_week", "this_month", "last_month", "this_quarter", "last_quarter",
    "this_year", "last_year",
)  # fmt: skip
SPANS = {
    **{key: words for key, (words, _) in _LAST.items()},
    **{word: word.replace("_", " ").capitalize() for word in _CALENDAR},
}
"""Presets, in words."""
EDGES = ("from", "until")


def kinds(time_zone: str) -> dict[str, Kind]:
    """What `span`, `from` and `until` can say."""

    def read(value: str) -> str | None:
        return value if _period(value, time_zone) is not None else None

    moment = Kind(periods.TAKEN, read, periods.WORDS)
    return {"span": one_of(SPANS), "from": moment, "until": moment}


def checked(query: Query, time_zone: str, labels: Mapping[str, str]) -> Query:
    """The query; refused where it ends before it begins."""
    first, last = (_period(query.get(name), time_zone) for name in EDGES)
    if first is None or last is None or first.start <= last.last:
        return query
    sentence = f"{labels['until']}: “{query.get('until')}” lies before “{query.get('from')}”; swap them."
    values = {name: value for name, value in query.values.items() if name not in EDGES}
    return Query(values, {**query.refused, "until": sentence})


def stretch(values: Mapping[str, str], time_zone: str) -> tuple[Moment, Moment]:
    """From when on, and the first moment that is too late."""
    starts, ends = ([edge] if (edge := _edge(values, name, time_zone)) else [] for name in EDGES)
    span = values.get("span", "")
    if span in _LAST:
        starts.append(now() - datetime.timedelta(hours=_LAST[span][1]))
    elif span in _CALENDAR:
        period = periods.read(span, time_zone)
        starts.append(period.start)
        ends.append(period.end)
    return max(starts, default=None), min(ends, default=None)


def typed(values: Mapping[str, str], name: str, time_zone: str) -> str:
    """The edge as a `datetime-local` field shows it, whose `until` is the first moment that is too late."""
    at = _edge(values, name, time_zone)
    return at.astimezone(periods.Zone(time_zone)).strftime("%Y-%m-%dT%H:%M:%S").removesuffix(":00") if at else ""


def said(value: str, name: str, time_zone: str) -> str:
    """The edge as its chip says it, with the offset: a day as the end of a range ends at 24:00."""
    period = _period(value, time_zone)
    if period is None:
        return value
    at = (period.end if name == "until" else period.start).astimezone(periods.Zone(time_zone))
    offset = f" ({at.isoformat()[-6:]})"
    if name == "until" and period.start < period.end and at.time() == datetime.time.min:
        return f"{at - datetime.timedelta(days=1):%-d %b %Y}, 24:00{offset}"
    return f"{at:%-d %b %Y, %H:%M}{offset}"


def _edge(values: Mapping[str, str], name: str, time_zone: str) -> Moment:
    period = _period(values.get(name, ""), time_zone)
    return None if period is None else period.end if name == "until" else period.start


def _period(text: str, time_zone: str) -> Period | None:
    try:
        return periods.read(text, time_zone) if text else None
    except ValueError:
        return None
