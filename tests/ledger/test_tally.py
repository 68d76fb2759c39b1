"""Every call counts once, whether it is added up already or not, and however many add up at the same time."""

from __future__ import annotations

import datetime
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from halo.audit import search
from halo.audit.counting import counts, estimates, hours
from halo.audit.search import Filters
from halo.ground.database import db, new_id, now, one_change
from halo.jobs import declared, runner, sweep
from halo.ledger import moments, tally
from halo.ledger.models import ActionExecution, ToolHour
from tests import cast
from tests.audit.test_calls import a_call

ALL_OF_IT = datetime.timedelta(0)
DAY = datetime.timedelta(days=1)
GRANT, APP = new_id(), new_id()
FILTERS: tuple[dict[str, Any], ...] = (
    {}, {"tool": "one"}, {"outcome": "refused"}, {"reason": "flag_off"}, {"grant": GRANT}, {"client": APP},
    {"era": "legacy"}, {"caller": "dashboard"}, {"slower_ms": 1000}, {"grant": GRANT, "outcome": "ok"},
)  # fmt: skip


def calls() -> None:
    a_call(tool="one", grant_id=GRANT, client_id=APP, protocol_version="2025-11-25", latency_us=3_000_000)
    a_call(tool="one", grant_id=GRANT, client_id=APP, outcome="refused", reason="flag_off", latency_us=40)
    a_call(tool="two", caller="dashboard", outcome="tool_error", reason="Mistake", latency_us=1_000_000)
    a_call(tool=None, method="tools/list", outcome="refused", reason="flag_off")
    a_call(cast.UMBRA, tool="one")


def add_up() -> None:
    written = new_id()
    while moments.first_id(now()) <= written:
        pass  # the millisecond of the last call is over
    tally.catch_up(20, settled=ALL_OF_IT)


def everything() -> list[Any]:
    acme, end = cast.workspace().id, now() + datetime.timedelta(seconds=1)
    charts = [
        [
            (step.ok, step.tool_error, step.refused, step.failed)
            for step in counts.over_time(acme, since=end - DAY, until=end, buckets=4, filters=Filters(**filters))
        ][-1]
        for filters in FILTERS
    ]
    used = counts.usage_since(acme, since=end - DAY)
    grants = counts.by_grant(acme, [GRANT], since=end - DAY, step=DAY / 4)
    return [
        charts,
        counts.by_tool(acme, since=end - DAY),
        counts.tools_of_grant(GRANT, workspace_id=acme),
        used,
        grants,
    ]


@pytest.mark.parametrize("rows", [1, 100])
def test_counts_are_the_same_before_and_after_adding_up(app: Flask, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    with app.app_context():
        calls()
        one_by_one = everything()
        monkeypatch.setattr(counts, "LIVE", 0)
        monkeypatch.setattr(counts, "FINE", 0)
        assert everything() == one_by_one
        monkeypatch.setattr(tally, "STEP", rows)
        add_up()
        assert everything() == one_by_one
        assert db.session.scalar(select(func.sum(ToolHour.calls))) == 5
        calls()
        assert sum(step[0] + step[1] + step[2] for step in everything()[0]) == 2 * sum(map(sum, one_by_one[0]))


def test_whoever_adds_up_at_the_same_time_adds_each_call_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "STEP", 2)
    with app.app_context():
        for _ in range(5):
            calls()

    def work() -> None:
        with app.app_context():
            add_up()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        add_up()
        assert db.session.scalar(select(func.sum(ToolHour.calls))) == 25


def test_the_last_minutes_are_left_to_whoever_counts(app: Flask) -> None:
    with app.app_context():
        calls()
        tally.catch_up()
        assert db.session.scalar(select(func.count()).select_from(ToolHour)) == 0


def test_filters_that_no_table_knows_are_estimated_and_say_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        calls()
        add_up()
        monkeypatch.setattr(counts, "LIVE", 0)
        monkeypatch.setattr(counts, "FINE", 0)
        acme, end = cast.workspace().id, now() + datetime.timedelta(seconds=1)
        steps = counts.over_time(
            acme, since=end - DAY, until=end, buckets=4, filters=Filters(tool="one", client=APP, text="one")
        )
        assert (steps[-1].ok, steps[-1].refused, steps[-1].is_estimate) == (1, 1, False)
        monkeypatch.setattr(estimates, "SMALLEST", 1)
        monkeypatch.setattr(estimates, "SAMPLE", 4)
        steps = counts.over_time(acme, since=end - DAY, until=end, buckets=4, filters=Filters(text="o"))
        assert steps[-1].is_estimate and steps[-1].calls == 4


def test_a_search_skips_the_hours_that_hold_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        calls()
        acme = cast.workspace().id
        originals = search.page(acme, Filters()).rows
        with one_change() as rows:
            for day in range(1, 6):  # the same calls, days before
                rows.add_all(_older(row, day) for row in originals)
        for _ in range(3):
            a_call(tool="three")
        add_up()
        for name in ("NEAR", "WINDOW", "SPARSE_WINDOW"):
            monkeypatch.setattr(search, name, 3)
        found, before = [], None
        while len(found) < 50:
            page = search.page(acme, Filters(client=APP, caller="mcp"), before=before, size=2)
            found += page.rows
            before = page.next
            if before is None:
                break
        assert [row.client_id for row in found] == [APP] * 12
        assert [row.id for row in found] == sorted((row.id for row in found), reverse=True)
        first = hours.hour_of(now() - 5 * DAY) - 1
        held, down_to = hours.candidates(
            acme, Filters(client=APP), [], first=first, last=hours.hour_of(now() - DAY / 2)
        )
        assert len(held) == 5 and down_to == first


def _older(row: Any, days: int) -> Any:
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    at = row.at - days * DAY
    return type(row)(**values | {"at": at, "id": moments.first_id(at)[:15] + new_id()[15:]})


@pytest.mark.parametrize("rows", [1, 100])
def test_the_log_is_added_up_in_the_background(app: Flask, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(tally, "STEP", rows)
    with app.app_context():
        with one_change() as session:
            for day in range(1, 4):
                session.add(
                    _older(ActionExecution(id=new_id(), at=now(), workspace_id="w", caller="mcp", outcome="ok"), day)
                )
        sweep.plan(now())
        job = declared.find("ledger.add_up")
        assert job is not None and runner.run(job, job.name) == "done"
        db.session.rollback()
        assert db.session.scalar(select(func.sum(ToolHour.calls))) == 3
