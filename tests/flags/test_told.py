"""What came of a plan by itself stands in the history: once, whoever was first, and however late."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from halo.flags import jobs as flag_jobs
from halo.flags import service
from halo.flags.models import FlagValue
from halo.ground.database import db, now, one_change
from halo.jobs import declared, runner
from halo.ledger.models import Change, StateVersion
from halo.operators import history
from tests import cast
from tests.flags.test_time import HOUR, off, on, shift

PLAN = {"starts_at": HOUR, "ends_at": 2 * HOUR}


def plan(**times: datetime.timedelta) -> None:
    off(**{name: now() + away for name, away in (times or PLAN).items()})


def at(monkeypatch: pytest.MonkeyPatch, passed: datetime.timedelta) -> str:
    """Run the job when so much time has gone by; what came of it."""
    later = now() + passed
    monkeypatch.setattr(flag_jobs, "now", lambda: later)
    job = declared.find("flags.tell")
    row = db.session.scalar(select(FlagValue.id))
    assert job is not None and row is not None
    return runner.run(job, row, clock=lambda: later)


def told() -> list[tuple[str, Any, Any, str]]:
    rows = db.session.scalars(select(Change).where(Change.subject_kind == "flag").order_by(Change.id))
    return [(row.event, (row.before or {})["is_on"], (row.after or {})["is_on"], row.by) for row in rows][1:]


BEGAN, ENDED = ("flag.began", True, False, "Halo"), ("flag.ended", False, True, "Halo")


def test_a_beginning_and_an_end_are_each_told_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        plan()
        version = db.session.scalar(select(StateVersion.version))
        assert at(monkeypatch, HOUR / 2) == "taken" and told() == []
        assert [at(monkeypatch, HOUR), at(monkeypatch, HOUR)] == ["done", "taken"] and told() == [BEGAN]
        assert [at(monkeypatch, 2 * HOUR), at(monkeypatch, 3 * HOUR)] == ["done", "taken"]
        assert told() == [BEGAN, ENDED]
        assert db.session.scalar(select(StateVersion.version)) == (version or 0) + 2
        entries = history.of(cast.workspace().id, "mcp_server")
        assert [(it.was_on, it.is_on, it.by, it.is_begin) for it in entries] == [
            (False, True, "", False), (True, False, "", True), (True, False, "the command line", False)
        ]  # fmt: skip
        assert entries[0].at == entries[-1].ends_at and entries[1].at == entries[-1].starts_at


def test_a_worker_that_was_away_tells_both_late(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        plan()
        assert at(monkeypatch, 5 * HOUR) == "done" and told() == [BEGAN, ENDED]
        assert at(monkeypatch, 5 * HOUR) == "taken"


def test_a_decision_that_holds_for_good_has_nothing_to_tell(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        off()
        assert at(monkeypatch, 100 * HOUR) == "taken" and told() == []


def test_whoever_decides_before_the_job_came_tells_what_it_had_not(app: Flask) -> None:
    with app.app_context():
        plan()
        shift(starts_at=now() - 2 * HOUR, ends_at=now() - HOUR, due_at=None)
        with one_change():
            row = db.session.scalars(select(FlagValue)).one()
            row.due_at = row.starts_at
        on()
        assert told() == [BEGAN, ENDED, ("flag.turned_on", True, True, "the command line")]
        assert db.session.scalar(select(FlagValue.due_at)) is None


def test_a_decision_under_the_job_is_no_error_and_ends_the_plan(app: Flask) -> None:
    with app.app_context():
        plan()
        job = declared.find("flags.tell")
        assert job is not None
        later = now() + HOUR
        row_id = db.session.scalars(select(FlagValue.id)).one()

        def decided_meanwhile(turn: Any) -> bool:
            service.turn_on("mcp_server", workspace_id=cast.workspace().id, why="Now", principal=None)
            return flag_jobs.tell(turn)

        other = declared.Job(name=job.name, says=job.says, model=job.model, unit=decided_meanwhile)
        assert runner.run(other, row_id, clock=lambda: later) == "lost"
        assert [event for event, *_ in told()] == ["flag.turned_on"]
