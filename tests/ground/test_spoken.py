"""How pages say times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from halo.ground.spoken import ago

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAY = 86400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (4, "just now"), (59, "59 seconds ago"), (60, "1 minute ago"), (7 * DAY - 1, "6 days ago"),
        (90 * DAY - 1, "2 months ago"), (400 * DAY, "1 year ago"),
        (-4, "just now"), (-59, "in 59 seconds"), (-7 * DAY + 1, "in 7 days"), (-90 * DAY + 1, "in 3 months"),
        (-DAY + 1, "in 1 day"), (-365 * DAY + 1, "in 1 year"),
    ],
)  # fmt: skip
def test_the_past_counts_whole_units_and_the_future_is_rounded_to_the_nearest(seconds: int, words: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == words
