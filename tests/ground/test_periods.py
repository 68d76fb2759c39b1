from __future__ import annotations

import datetime
import re

import pytest

from halo.ground import periods
from halo.ground.text.names import visible

LATE = datetime.datetime(2026, 11, 30, 23, 30, tzinfo=datetime.UTC)
"""Half past midnight of the first of December in Berlin, a Tuesday."""


def span(text: str, zone: str = "UTC", **options: bool) -> tuple[str, str]:
    found = periods.read(text, zone, now=LATE, **options)
    return found.start.isoformat(timespec="minutes"), found.end.isoformat(timespec="minutes")


@pytest.mark.parametrize(
    "text",
    ["2026-11-10", "20261110", "2026-314", "2026314", "2026-W46-2", "2026W462", "2026-w46-2", " 2026-11-10\u200b",
     "２０２６-11-10"],
)  # fmt: skip
def test_a_day_is_that_day_in_every_spelling(text: str) -> None:
    assert span(text) == ("2026-11-10T00:00+00:00", "2026-11-11T00:00+00:00")


@pytest.mark.parametrize(
    ("text", "first", "behind"),
    [
        ("2026-W46", "2026-11-09", "2026-11-16"),
        ("2026-11", "2026-11-01", "2026-12-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026-Q3", "2026-07-01", "2026-10-01"),
        ("q4 2026", "2026-10-01", "2027-01-01"),
        ("2024", "2024-01-01", "2025-01-01"),
        ("2024-366", "2024-12-31", "2025-01-01"),
        ("today", "2026-11-30", "2026-12-01"),
        ("Yesterday", "2026-11-29", "2026-11-30"),
        ("tomorrow", "2026-12-01", "2026-12-02"),
        ("this week", "2026-11-30", "2026-12-07"),
        ("last-week", "2026-11-23", "2026-11-30"),
        ("previous_month", "2026-10-01", "2026-11-01"),
        ("this_quarter", "2026-10-01", "2027-01-01"),
        ("LAST_QUARTER", "2026-07-01", "2026-10-01"),
        ("last_year", "2025-01-01", "2026-01-01"),
        ("next_month", "2026-12-01", "2027-01-01"),
        ("last_7_days", "2026-11-24", "2026-12-01"),
        ("past 30 days", "2026-11-01", "2026-12-01"),
        ("next_30_days", "2026-11-30", "2026-12-30"),
    ],
)
def test_longer_times_and_words_are_whole_days(text: str, first: str, behind: str) -> None:
    assert span(text) == (f"{first}T00:00+00:00", f"{behind}T00:00+00:00")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-10T09:00Z", "2026-11-10T09:00+00:00"),
        ("20261110T0900+0200", "2026-11-10T09:00+02:00"),
        ("2026-314T09:00-05:00", "2026-11-10T09:00-05:00"),
        ("2026-11-10 09:00", "2026-11-10T09:00+00:00"),
        ("2026-11-10T09:00 02:00", "2026-11-10T09:00+02:00"),
        ("30d", "2026-10-31T23:30+00:00"),
        ("12 hours ago", "2026-11-30T11:30+00:00"),
        ("in 2 days", "2026-12-02T23:30+00:00"),
        ("+1w", "2026-12-07T23:30+00:00"),
        ("now", "2026-11-30T23:30+00:00"),
    ],
)
def test_a_moment_begins_and_ends_at_once(text: str, at: str) -> None:
    assert span(text) == (at, at)


def test_days_and_moments_without_offset_are_those_of_the_zone() -> None:
    assert span("today", "Europe/Berlin") == ("2026-12-01T00:00+01:00", "2026-12-02T00:00+01:00")
    assert span("last_month", "Europe/Berlin")[0] == "2026-11-01T00:00+01:00"
    assert span("2026-11-10T09:00", "Asia/Tokyo")[0] == "2026-11-10T09:00+09:00"
    assert span("2026-10-25", "Europe/Berlin") == ("2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00")  # 25 hours


def test_a_bare_span_lies_ahead_where_that_is_meant() -> None:
    assert span("30d", is_ahead=True)[0] == "2026-12-30T23:30+00:00"
    assert span("30d ago", is_ahead=True)[0] == "2026-10-31T23:30+00:00"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("last_weak", "Did you mean last_week?"),
        ("yesturday", "Did you mean yesterday?"),
        ("2026-13-01", "“2026-13-01” is no time that is understood. Write a day (2026-08-01"),
        ("2026-366", "is no time"),
        ("202611", "is no time"),
        ("2026-W54", "is no time"),
        ("2026-11-10T25:00", "is no time"),
        ("in 3d ago", "is no time"),
        ("9999y", "is no time"),
        ("1762732800", "is no time"),
        ("٢٠٢٦-11-10", "is no time"),
        ("", "is no time"),
        ("0001-01-01", "the year must lie between 1900 and 2200"),
        ("2201", "the year must lie between 1900 and 2200"),
    ],
)
def test_what_is_no_time_is_told_with_what_would_be(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        periods.read(text, "UTC")


def test_the_end_of_a_range_includes_its_day_and_a_moment_itself() -> None:
    at = periods.Written("2026-11-10", is_end=True).bound("Europe/Berlin")
    assert at.isoformat() == "2026-11-10T23:59:59.999999+01:00"
    assert periods.Written("2026-11-10").bound("Europe/Berlin").isoformat() == "2026-11-10T00:00:00+01:00"
    moment = "2026-11-10T09:00:00+01:00"
    assert periods.Written(moment, is_end=True).bound("Europe/Berlin").isoformat() == moment
    assert periods.Written("2026-Q4", is_end=True, is_date=True).bound("UTC") == datetime.date(2026, 12, 31)


def test_a_text_is_what_is_seen_of_it_and_joiners_stay_in_names() -> None:
    assert visible(" \u202eref\u200bus\u00aded\ufeff\t") == "refused"
    assert visible("ref\u200dused") == "refused"
    assert visible("\u3164\u2800\u200d") == ""
    name = "علی\u200cرضا"
    assert visible(name) == name
    assert visible("❤\ufe0f a\nb") == "❤\ufe0f a\nb"
