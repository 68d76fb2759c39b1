from __future__ import annotations

import datetime

import pytest

from halo.audit.counting import stretch

NOW = datetime.datetime(2026, 11, 22, 22, 7, 13, tzinfo=datetime.UTC)


@pytest.mark.parametrize("hours", [0.25, 1, 24, 168, 720, 2160, 43800])
def test_a_stretch_is_cut_into_round_steps_that_cover_it(hours: float) -> None:
    since = NOW - datetime.timedelta(hours=hours)
    found = stretch.around(since, None, NOW)
    assert found.buckets <= stretch.MOST and found.since <= since and found.until >= NOW
    assert int(found.since.timestamp()) % found.step == 0 == int(found.until.timestamp()) % found.step


def test_without_a_beginning_it_is_a_week() -> None:
    found = stretch.around(None, None, NOW)
    assert datetime.timedelta(days=7) <= found.until - found.since < datetime.timedelta(days=8)


def test_odd_wishes_are_harmless() -> None:
    assert stretch.around(NOW, NOW - datetime.timedelta(days=1), NOW).buckets > 0
    assert stretch.around(NOW + datetime.timedelta(days=1), None, NOW).until <= NOW + datetime.timedelta(days=1)
    early = datetime.datetime(1, 1, 2, tzinfo=datetime.UTC)
    assert stretch.around(early, None, NOW).buckets <= stretch.MOST
    assert stretch.around(early, early, NOW).buckets > 0
