"""What is older than a workspace keeps its log goes in small steps, is told first, and says that it went."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from halo.audit import retention, search
from halo.audit.counting import counts
from halo.audit.models import Retention, Stream
from halo.audit.search import Filters
from halo.ground.database import db, new_id, now, one_change
from halo.ground.errors import Denied, Mistake
from halo.ground.permissions import Permission
from halo.jobs import declared, runner
from halo.ledger import moments
from halo.ledger.models import ActionExecution, Change
from tests import cast
from tests.audit.leaving.test_delivery import a_stream, member
from tests.cast import OWNER, STRANGER, SUPPORT
from tests.ledger.test_tally import add_up
from tests.support.browser import Browser

DAY = datetime.timedelta(days=1)
PAGE = "/dashboard/audit/retention"


def aged(days: float, **columns: Any) -> str:
    """A call of so many days ago."""
    at = now() - days * DAY
    identity = moments.first_id(at)[:15] + new_id()[15:]
    values: dict[str, Any] = {"workspace_id": cast.workspace().id, "caller": "mcp", "method": "tools/call"}
    with one_change() as rows:
        rows.add(ActionExecution(id=identity, at=at, outcome="ok", tool="one", **values | columns))
    return identity


def aged_change(days: float, event: str = "view.saved") -> str:
    at = now() - days * DAY
    with one_change() as rows:
        row = Change(id=moments.first_id(at)[:15] + new_id()[15:], at=at, workspace_id=cast.workspace().id,
                     event=event, by="Olivia", subject="It")  # fmt: skip
        rows.add(row)
    return row.id


def run(at: datetime.datetime | None = None) -> str:
    job = declared.find(retention.JOB)
    assert job is not None
    outcome = runner.run(job, cast.workspace().id, clock=(lambda: at) if at else now)
    db.session.rollback()
    db.session.expire_all()
    return outcome


def left() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(ActionExecution.id).order_by(ActionExecution.id)))


def choose(calls: int | None, changes: int | None = None, *, waits: bool = True) -> None:
    retention.choose(calls, changes, waits=waits, principal=member(OWNER))


def removed() -> list[dict[str, Any] | None]:
    found = select(Change.after).where(Change.event == "retention.removed").order_by(Change.id)
    return list(db.session.scalars(found))


def test_what_is_old_goes_and_one_change_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "RETENTION_ROWS", 2)
    with app.app_context():
        old = [aged(40 + number) for number in range(5)]
        theirs = aged(50, workspace_id=cast.workspace(cast.UMBRA).id)
        kept = aged(10)
        add_up()
        told = retention.preview(30, None, waits=True, principal=member(OWNER))
        assert (told["calls"].rows, told["changes"].until) == (5, None) and len(left()) == 7
        assert told["calls"].first_at is not None and abs(told["calls"].first_at - (now() - 44 * DAY)) < DAY / 24
        choose(30)
        assert run() == "done"
        assert left() == [theirs, kept] and not set(old) & set(left())
        assert removed() == [{"calls": 5, "changes": 0}]
        row = db.session.get_one(Retention, cast.workspace().id)
        assert row.due_at is not None and row.due_at > now() + DAY / 2
        run(now() + 2 * DAY)
        assert len(removed()) == 1 and left() == [theirs, kept]


def test_numbers_stay_and_lists_end_where_rows_do(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        for days in (40, 41, 60, 61):
            aged(days, caller="dashboard")
        aged(10)
        add_up()
        choose(30)
        run()
        monkeypatch.setattr(counts, "FINE", 0)
        acme = cast.workspace().id
        chart = counts.over_time(acme, since=now() - 70 * DAY, until=now(), buckets=10)
        assert sum(step.calls for step in chart) == 5
        monkeypatch.setattr(search, "NEAR", 1)
        page = search.page(acme, Filters(caller="dashboard"))
        assert (page.rows, page.next) == ([], None)


def test_calls_that_are_not_added_up_yet_stay(app: Flask) -> None:
    with app.app_context():
        row = aged(40)
        choose(30)
        run()
        assert left() == [row]
        add_up()
        run(now() + 2 * DAY)
        assert left() == []


def test_changes_have_days_of_their_own_and_open_reports_stay(app: Flask) -> None:
    with app.app_context():
        aged(100)
        gone, report, new = aged_change(100), aged_change(100, "client.reported"), aged_change(1)
        add_up()
        assert retention.preview(None, 30, waits=True, principal=member(OWNER))["changes"].rows == 1
        choose(None, 30)
        run()
        held = set(db.session.scalars(select(Change.id)))
        assert gone not in held and {report, new} <= held and len(left()) == 1
        assert removed() == [{"calls": 0, "changes": 1}]


def test_what_has_not_left_yet_stays_until_it_has(app: Flask) -> None:
    with app.app_context():
        first, second = aged(41), aged(40)
        add_up()
        stream = a_stream("http://127.0.0.1:9/")
        choose(30)
        run()
        told = retention.preview(30, None, waits=True, principal=member(OWNER))["calls"]
        assert left() == [first, second] and (told.rows, told.held_by) == (0, "127.0.0.1")
        with one_change():
            db.session.get_one(Stream, stream).position = first
        run(now() + 2 * DAY)
        assert left() == [second]
        assert removed() == [{"calls": 1, "changes": 0}]


def test_an_admin_may_choose_not_to_wait_and_the_change_says_what_was_lost(app: Flask) -> None:
    with app.app_context():
        aged(41)
        aged(40)
        add_up()
        a_stream("http://127.0.0.1:9/")
        choose(30, waits=False)
        run()
        assert left() == [] and removed() == [{"calls": 2, "changes": 0, "not sent on yet": 2}]


@pytest.mark.parametrize("typed", ["6", "0", "-1", "3651", "1e3", "٣٠", "thirty", "99999999999"])
def test_a_number_of_days_that_is_none_is_refused_in_words(typed: str) -> None:
    with pytest.raises(Mistake) as refused:
        retention.days(typed, "calls")
    assert "7 to 3,650" in refused.value.message and refused.value.field == "calls"


def test_days_are_read_as_people_type_them() -> None:
    assert [retention.days(typed, "calls") for typed in ("", " ", "7", " 365 ", "3650")] == [None, None, 7, 365, 3650]


def test_the_page_shows_what_would_go_and_keeps_the_choice(app: Flask, browser: Browser) -> None:
    with app.app_context():
        aged(400)
        aged(10)
        add_up()
    browser.sign_in(OWNER).get(PAGE)
    page = browser.submit("retention-form", press="look", calls="365")
    with app.app_context():
        assert db.session.get(Retention, cast.workspace().id) is None
    assert "1 row, recorded from" in page.text and "they are kept for good" in page.text
    browser.post(PAGE, {"calls": "365", "changes": "", "waits": "on"})
    with app.app_context():
        row = db.session.get_one(Retention, cast.workspace().id)
        assert (row.calls_days, row.changes_days, row.waits) == (365, None, True)
        assert db.session.scalar(select(func.count()).select_from(Change).where(Change.event == "retention.changed"))
    assert 'value="365"' in browser.get(PAGE).html
    assert "changed how long the log is kept" in browser.get("/dashboard/audit/changes").text


def test_what_cannot_be_understood_is_kept_in_the_form_with_a_sentence(browser: Browser) -> None:
    page = browser.sign_in(OWNER).post(PAGE, {"calls": "3", "changes": "x"}, status=422)
    assert page.text.count("Enter a number of days from 7 to 3,650") >= 2 and 'value="x"' in page.html


def test_the_page_takes_both_permissions_and_is_each_workspaces_own(
    app: Flask, make_browser: Callable[[], Browser]
) -> None:
    with app.app_context():
        choose(30)
    make_browser().sign_in(SUPPORT).get(PAGE, status=403)
    shown = [make_browser().sign_in(person).get(PAGE).one("input", name="calls") for person in (OWNER, STRANGER)]
    assert [field.get("value") for field in shown] == ["30", ""]
    with app.app_context(), pytest.raises(Denied):
        retention.preview(30, None, waits=True, principal=member(OWNER, Permission.AUDIT_VIEW))
