"""Times as arguments of the record tools: whole days, the workspace's days, and which moments were used."""

from __future__ import annotations

import datetime

import pytest

from halo import authenticate
from halo.ground.database import now, one_change
from halo.workspaces import workspaces
from tests import cast, factories
from tests.actions.test_switch import a_member
from tests.contacts.calls import call
from tests.contacts.rows import a_company, a_conversation, a_lead, a_ticket, an_end_user

UTC = datetime.UTC
DAY = datetime.datetime(2026, 11, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


def numbers(**arguments):
    return [one["number"] for one in call("data_search_tickets", sort="oldest", **arguments).data["tickets"]]


def test_a_day_as_the_end_of_a_range_includes_that_day_in_every_spelling():
    hour = datetime.timedelta(hours=1)
    for number, at in enumerate((DAY - hour, DAY, DAY + 23.99 * hour, DAY + 24 * hour), 1):
        a_ticket(number=number, created_at=at, updated_at=at)
    for day in ("2026-11-10", "20261110", 20261110, "2026-314", "2026-W46-2", " 2026-11-10\u200b"):
        assert numbers(since=day, until=day) == [2, 3], day
    assert numbers(until="2026-11-10") == [1, 2, 3]
    assert numbers(since="2026-11-10") == [2, 3, 4]
    for longer in ("2026-11", "2026-W46", "2026-Q4", "2026"):
        assert numbers(since=longer, until=longer) == [1, 2, 3, 4], longer
    assert numbers(since="2026-11-10T00:00:00Z", until="2026-11-10T00:00:00Z") == [2]
    assert numbers(since="2026-11-11T00:00+01:00", until="2026-11-11T01:00+01:00") == [3, 4]
    assert numbers(since="2026-10", until="2026-W45") == []


def test_days_are_those_of_the_workspace():
    with one_change():
        cast.workspace().time_zone = "America/New_York"
    a_ticket(number=1, created_at=datetime.datetime(2026, 11, 11, 4, 30, tzinfo=UTC))
    assert numbers(since="2026-11-10", until="2026-11-10") == [1]
    assert numbers(since="2026-11-11") == []
    told = call("data_search_tickets", since="2026-11-10", until="2026-11-10")
    used = "Times used: since 2026-11-10T00:00:00-05:00, until 2026-11-10T23:59:59-05:00 (America/New_York)."
    assert told.text.startswith("1 ticket with since '2026-11-10', until '2026-11-10'.")
    assert told.text.endswith(used) and told.data["notes"] == [used]


def test_a_new_time_zone_holds_from_the_next_call_on():
    token = factories.a_token()
    assert authenticate.by_bearer(token).time_zone == "UTC"
    workspaces.update(principal=a_member(), time_zone="Asia/Tokyo")
    told = call("data_search_tickets", authenticate.by_bearer(token), since="2026-11-10")
    assert told.data["notes"] == ["Times used: since 2026-11-10T00:00:00+09:00 (Asia/Tokyo)."]


def test_words_and_spans_are_understood_by_every_search():
    days = datetime.timedelta(days=1)
    user = an_end_user(last_seen=now() - 5 * days, signed_up_at=now() - 5 * days)
    a_ticket(user=user, created_at=now() - 5 * days)
    a_conversation("Hello", "Hi", user=user, started_at=now() - 5 * days)
    a_lead(created_at=now() - 5 * days)
    a_company(signed_up_at=now() - 5 * days)
    for name, since, until in (
        ("data_search_tickets", "since", "until"),
        ("data_search_transcripts", "since", "until"),
        ("data_search_leads", "since", "until"),
        ("data_search_users", "seen_since", "seen_until"),
        ("data_search_users", "signed_up_since", "signed_up_until"),
        ("data_search_companies", "signed_up_since", "signed_up_until"),
    ):
        for within in (
            {since: "last_30_days"},
            {since: "6d", until: "4 days ago"},
            {since: "last year", until: "today"},
        ):
            assert call(name, **within).data["total"] == 1, (name, within)
        for beside in ({since: "yesterday"}, {until: "last_year"}, {since: "3d"}):
            assert call(name, **beside).data["total"] == 0, (name, beside)


def test_a_cursor_goes_on_after_a_time_that_is_counted_from_now():
    for number in (1, 2, 3):
        a_ticket(number=number)
    first = call("data_search_tickets", since="7d", limit=2).data
    rest = call("data_search_tickets", since="7d", limit=2, cursor=first["next_cursor"]).data
    assert len(first["tickets"]) == 2 and len(rest["tickets"]) == 1


def test_a_renewal_in_a_month_or_quarter_is_found_by_it():
    for name, day in (("May", datetime.date(2031, 5, 31)), ("June", datetime.date(2031, 6, 30))):
        a_company(name, renewal_date=day)

    def names(**arguments):
        found = call("data_search_companies", sort="renewal_date", **arguments)
        return [one["name"] for one in found.data["companies"]]

    assert names(renewal_from="2031-05", renewal_to="2031-05") == ["May"]
    assert names(renewal_from="2031-Q2", renewal_to="2031-Q2") == ["May", "June"]
    assert names(renewal_to="2031-W22-6") == ["May"]
    assert names(renewal_to="30d") == []
    told = call("data_search_companies", renewal_from="2031-Q2", renewal_to="2031-06")
    assert told.data["notes"] == ["Times used: renewal_from 2031-04-01, renewal_to 2031-06-30 (UTC)."]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_time_that_is_none_is_told_with_the_nearest_that_is():
    assert (
        "since: “last_weak” is no time that is understood. Did you mean last_week?"
        in call("data_search_tickets", since="last_weak").text
    )
    reversed_ = call("data_search_tickets", since="last_month", until="last_year")
    assert reversed_.is_error and "until" in reversed_.text and "lies before since" in reversed_.text
