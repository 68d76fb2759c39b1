"""A row's turn: who claims it, what comes of it, and what a lost lease, a crash or a new cause does to it."""

from __future__ import annotations

import datetime
import functools
import operator
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from halo import jobs
from halo.ground import limits
from halo.ground.database import db, now, one_change
from halo.ground.errors import Mistake
from halo.jobs import declared, leases, runner, sweep
from halo.jobs.declared import Job
from halo.jobs.models import Schedule
from halo.jobs.runner import pause_after, run

NAME = "tests.work"
MINUTE = datetime.timedelta(minutes=1)


class Rows:
    """Rows of a job that only this test knows: schedules without a time, so that none begins again."""

    def __init__(self) -> None:
        self.at = now()
        self.unit: Any = lambda _turn: False

    def declare(self) -> Job:
        jobs.on(Schedule, name=NAME, says="Works.", rest=0)(lambda turn: bool(self.unit(turn)))
        job = declared.find(NAME)
        assert job is not None
        return job

    def clock(self) -> datetime.datetime:
        return self.at

    def add(self, *names: str, **values: Any) -> None:
        with one_change() as session:
            for name in names:
                session.add(Schedule(**{"name": name, "due_at": self.at} | values))

    def row(self, name: str = "one") -> Schedule:
        db.session.rollback()
        db.session.expire_all()
        return db.session.scalars(select(Schedule).where(Schedule.name == name)).one()


@pytest.fixture
def rows(app: Flask) -> Iterator[Rows]:
    with app.app_context():
        yield Rows()
    declared.forget(NAME)


def test_a_row_that_is_done_is_due_no_more(rows: Rows) -> None:
    job, units = rows.declare(), []
    rows.add("one", attempts=2, last_error="It failed.")
    rows.unit = lambda turn: units.append(turn.attempt) or len(units) < 3
    assert run(job, "one", clock=rows.clock) == "done"
    row = rows.row()
    assert units == [3, 3, 3] and (row.due_at, row.lease_until, row.attempts, row.last_error) == (None, None, 0, "")
    assert run(job, "one", clock=rows.clock) == "taken" and len(units) == 3


def test_a_row_is_nobodys_before_its_time_and_while_it_is_held(rows: Rows) -> None:
    job = rows.declare()
    rows.add("later", due_at=rows.at + MINUTE)
    rows.add("held", lease_until=rows.at + MINUTE)
    rows.add("left", lease_until=rows.at - MINUTE)
    rows.add("idle", due_at=None)
    assert [run(job, name, clock=rows.clock) for name in ("later", "held", "left", "idle", "gone")] == [
        "taken", "taken", "done", "taken", "taken"
    ]  # fmt: skip


def test_of_two_workers_one_gets_the_row(app: Flask, rows: Rows) -> None:
    job, done = rows.declare(), []
    rows.add(*(str(number) for number in range(10)))
    rows.unit = lambda turn: done.append(turn.row_id)
    both = threading.Barrier(4)

    def work() -> None:
        with app.app_context():
            for number in range(10):
                both.wait(30)
                run(job, str(number), clock=rows.clock)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [str(number) for number in range(10)]


def test_a_worker_that_lost_its_lease_stops_and_commits_nothing(rows: Rows) -> None:
    job, came = rows.declare(), []
    rows.add("one")

    def sleeps_through(turn: jobs.Turn) -> bool:
        rows.at += 2 * MINUTE
        other = leases.claim(job, "one", rows.at)
        assert other is not None
        with turn.change():
            came.append("inside")
        return True

    rows.unit = sleeps_through
    assert run(job, "one", clock=rows.clock) == "lost"
    assert came == []
    row = rows.row()
    assert row.due_at is not None and row.lease_until == rows.at + leases.LEASE and row.attempts == 2


def test_a_lease_that_went_is_noticed_between_two_units_too(rows: Rows) -> None:
    job, units = rows.declare(), []
    rows.add("one")

    def writes_nothing(_turn: jobs.Turn) -> bool:
        units.append(1)
        rows.at += 2 * MINUTE
        assert leases.claim(job, "one", rows.at) is not None
        return True

    rows.unit = writes_nothing
    assert run(job, "one", clock=rows.clock) == "lost" and len(units) == 1


def test_a_row_that_was_deleted_under_its_worker_is_no_error(rows: Rows) -> None:
    job = rows.declare()
    rows.add("one")

    def goes(turn: jobs.Turn) -> bool:
        with one_change() as session:
            session.delete(rows.row(turn.row_id))
        return False

    rows.unit = goes
    assert run(job, "one", clock=rows.clock) == "lost"


def test_a_lease_is_renewed_while_units_go_on(rows: Rows) -> None:
    job, ends = rows.declare(), []
    rows.add("one")

    def takes_long(turn: jobs.Turn) -> bool:
        ends.append(rows.row(turn.row_id).lease_until)
        rows.at += MINUTE / 2
        return len(ends) < 4

    rows.unit = takes_long
    assert run(job, "one", clock=rows.clock) == "done"
    assert [end - ends[0] for end in ends] == [number * MINUTE / 2 for number in range(4)]


def test_what_a_unit_or_a_new_cause_wrote_into_due_at_stands(rows: Rows) -> None:
    job, later = rows.declare(), rows.at + MINUTE
    rows.add("one", "two")

    def again_later(turn: jobs.Turn) -> bool:
        with turn.change():
            rows_own = db.session.get(Schedule, turn.row_id)
            assert rows_own is not None
            rows_own.due_at = later if turn.row_id == "one" else None
        return False

    rows.unit = again_later
    assert run(job, "one", clock=rows.clock) == run(job, "two", clock=rows.clock) == "done"
    assert rows.row("one").due_at == later and rows.row("two").due_at is None


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (Mistake("url", "The address does not answer."), "The address does not answer."),
        (ValueError("secret of somebody"), "It ended with an error that nobody foresaw (ValueError); the log has it."),
    ],
)
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_job_that_fails_waits_longer_each_time_and_says_why(rows: Rows, problem: Exception, sentence: str) -> None:
    job, pauses = rows.declare(), []

    def fails(turn: jobs.Turn) -> bool:
        with turn.change() as session:
            session.add(Schedule(name="half done"))
            session.flush()
            raise problem

    rows.unit = fails
    rows.add("one")
    for _ in range(3):
        assert run(job, "one", clock=rows.clock) == "failed"
        row = rows.row()
        assert row.last_error == sentence and row.lease_until is None and row.due_at is not None
        pauses.append((row.due_at - rows.at).total_seconds())
        rows.at = row.due_at
    assert 2.5 <= pauses[0] <= 5 <= pauses[1] <= 10 <= pauses[2] <= 20
    assert db.session.get(Schedule, "half done") is None
    rows.unit = lambda _turn: False
    assert run(job, "one", clock=rows.clock) == "done" and rows.row().last_error == ""


def test_the_pause_doubles_to_an_hour_and_is_never_the_same() -> None:
    assert [pause_after(attempt, 0.0).total_seconds() for attempt in (1, 2, 3, 10, 11, 99)] == [
        5, 10, 20, 2560, 3600, 3600
    ]  # fmt: skip
    assert pause_after(1, 1.0).total_seconds() == 2.5
    assert len({pause_after(9) for _ in range(20)}) > 1


def test_a_worker_that_is_told_to_stop_gives_its_row_back_between_two_units(rows: Rows) -> None:
    job, stop = rows.declare(), threading.Event()
    rows.add("one")
    rows.unit = lambda _turn: not stop.set()  # type: ignore[func-returns-value]
    assert run(job, "one", stop=stop, clock=rows.clock) == "stopped"
    row = rows.row()
    assert (row.due_at, row.lease_until, row.attempts) == (rows.at, None, 0)


def test_ctrl_c_in_the_middle_of_a_unit_gives_the_row_back(rows: Rows) -> None:
    job = rows.declare()
    rows.add("one")

    def interrupted(_turn: jobs.Turn) -> bool:
        raise KeyboardInterrupt

    rows.unit = interrupted
    with pytest.raises(KeyboardInterrupt):
        run(job, "one", clock=rows.clock)
    assert (rows.row().due_at, rows.row().lease_until) == (rows.at, None)


def test_a_long_row_goes_to_the_end_of_the_queue(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    job = rows.declare()
    monkeypatch.setattr(limits, "JOB_TURN_SECONDS", -1)
    rows.add("one", attempts=3)
    rows.unit = lambda _turn: True
    assert run(job, "one", clock=rows.clock) == "more"
    row = rows.row()
    assert (row.due_at, row.lease_until, row.attempts) == (rows.at, None, 0)


def test_the_sweep_finds_what_is_due_and_says_when_to_look_again(rows: Rows) -> None:
    rows.declare()
    rows.add("second")
    rows.add("first", due_at=rows.at - MINUTE)
    rows.add("soon", due_at=rows.at + MINUTE / 6)
    rows.add("held", lease_until=rows.at + MINUTE)
    rows.add("left", due_at=rows.at - 2 * MINUTE, lease_until=rows.at - MINUTE)
    sent: list[tuple[str, str]] = []
    again = sweep.sweep(lambda *message: bool(sent.append(message)), rows.at)  # type: ignore[func-returns-value]
    assert [row_id for name, row_id in sent if name == NAME] == ["left", "first", "second"]
    assert again == rows.at + MINUTE / 6
    with one_change():
        rows.row("soon").due_at = None
    assert sweep.sweep(lambda *_: True, rows.at) == rows.at + MINUTE / 2


def test_a_schedule_runs_once_for_all_machines_and_again_after_its_time(app: Flask) -> None:
    ran: list[int] = []
    at = now()
    with app.app_context():
        jobs.every(600, name=NAME, says="Recurs.")(lambda turn: bool(ran.append(turn.attempt)))  # type: ignore[func-returns-value]
        job = declared.find(NAME)
        assert job is not None
        try:
            sweep.plan(at)
            sweep.plan(at + MINUTE)
            clocks = [functools.partial(operator.add, at, passed * MINUTE) for passed in (1, 1, 5, 11)]
            outcomes = [runner.run(job, NAME, clock=clock) for clock in clocks]
        finally:
            declared.forget(NAME)
        assert outcomes == ["done", "taken", "taken", "done"] and ran == [1, 1]
        row = db.session.get(Schedule, NAME)
        assert row is not None and (row.ran_at, row.due_at) == (at + 11 * MINUTE, at + 21 * MINUTE)
