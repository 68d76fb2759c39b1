"""The stretch of time that the histogram shows, cut into equal steps that begin at round moments."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

MOST = 72
"""Bars at most."""
STEPS = (10, 60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 7 * 86400, 28 * 86400, 364 * 86400)
"""Seconds that one bar can stand for."""
USUAL = datetime.timedelta(days=7)
"""What is shown where no beginning is given."""
EARLIEST = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
"""Nothing was recorded before."""


@dataclass(frozen=True)
class Stretch:
    """From `since` to `until` in `buckets` steps of `step` seconds."""

    since: datetime.datetime
    until: datetime.datetime
    step: int

    @property
    def buckets(self) -> int:
        return round((self.until - self.since).total_seconds() / self.step)


def around(since: datetime.datetime | None, until: datetime.datetime | None, now: datetime.datetime) -> Stretch:
    """The round stretch that covers what is asked for; never beyond the step in which `now` lies."""
    last = max(min(until, now), EARLIEST + USUAL) if until else now
    first = max(since, EARLIEST) if since and since < last else last - USUAL
    seconds = (last - first).total_seconds()
    step = next((step for step in STEPS if seconds / step <= MOST - 2), STEPS[-1])
    start = int(first.timestamp()) // step * step
    end = -(-int(last.timestamp() + 1) // step) * step
    return Stretch(_moment(max(start, end - MOST * step)), _moment(end), step)


def _moment(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(max(0, seconds), datetime.UTC)
