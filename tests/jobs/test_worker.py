"""The process that works: killed in the middle, replaced, and ended with its server. Both databases, real rows."""

from __future__ import annotations

import contextlib
import datetime
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import func, insert, select, update

from halo import create_worker, jobs
from halo.flags.models import FlagValue
from halo.ground.database import db, new_id, now, one_change
from halo.jobs import declared
from halo.jobs.models import Schedule, Worker
from halo.ledger import moments
from halo.ledger.models import ActionExecution, Change, ToolHour
from halo.workspaces.models import Workspace
from tests.support import stores
from tests.support.live import LiveServer
from tests.support.parts import ROOT
from tests.support.until import until

PATIENCE = 120
CALLS, PLANS, KILLS = 12_000, 60, 4
MINUTE = datetime.timedelta(minutes=1)


class Halo:
    """An instance with work to do, and worker processes on it that the test starts and kills."""

    def __init__(self, kind: str, instance: Path) -> None:
        instance.mkdir()
        self.store = stores.separate(kind, instance)
        self.server = LiveServer(self.store)
        self.app = create_worker(self.store.settings(jobs=True))
        self._log = (instance / "work.log").open("ab")

    @contextlib.contextmanager
    def working(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-m", "flask", "work"]
        environment = os.environ | self.server.environment
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self._log, stderr=self._log)
        try:
            yield process
        finally:
            process.kill()
            process.wait(PATIENCE)

    def said(self) -> str:
        return (self.store.instance / "work.log").read_text()

    def count(self, statement: Any) -> int:
        with self.app.app_context():
            return int(db.session.scalar(statement) or 0)

    def lapse(self) -> None:
        """As if a minute had gone by: the leases of who was killed are over."""
        past = now() - MINUTE
        with self.app.app_context(), one_change() as session:
            for model in (Schedule, FlagValue):
                session.execute(update(model).where(model.lease_until.is_not(None)).values(lease_until=past))
            session.execute(update(Schedule).values(due_at=past))

    def close(self) -> None:
        stores.close(self.app)
        self._log.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def halo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Halo]:
    made = Halo(request.param, tmp_path / "instance")
    yield made
    made.close()


ADDED = select(func.sum(ToolHour.calls))
TOLD = select(func.count()).select_from(Change).where(Change.event.in_(["flag.began", "flag.ended"]))


def plant(halo: Halo) -> None:
    """Calls that nobody added up yet, and plans whose beginning and end nobody told."""
    at = now() - datetime.timedelta(days=1)
    call = {"workspace_id": "w", "caller": "mcp", "outcome": "ok", "at": at}
    ids = (moments.first_id(at)[:15] + new_id()[15:] for _ in range(CALLS))
    with halo.app.app_context(), one_change() as session:
        session.execute(insert(ActionExecution), [call | {"id": each} for each in ids])
        for number in range(PLANS):
            workspace = Workspace(slug=f"plan-{number}", name="Plan", widget_key=f"k{number}", identity_secret="x")
            session.add(workspace)
            session.flush()
            begins, ends = at - 2 * MINUTE, at - MINUTE
            session.add(
                FlagValue(
                    workspace_id=workspace.id, name="mcp_server", is_on=False, starts_at=begins, ends_at=ends,
                    due_at=begins,
                )
            )  # fmt: skip


def test_a_worker_that_is_killed_at_random_moments_loses_nothing_and_does_nothing_twice(halo: Halo) -> None:
    plant(halo)
    draw = random.Random(7)
    for _ in range(KILLS):
        with halo.working() as process:
            goal = halo.count(ADDED) + draw.randint(0, CALLS // KILLS)
            told = halo.count(TOLD) + draw.randint(0, PLANS // KILLS)
            until(lambda: _ended(process) or halo.count(ADDED) > goal or halo.count(TOLD) > told, PATIENCE)  # noqa: B023
            process.send_signal(signal.SIGKILL)
        halo.lapse()
    with halo.working() as process:
        until(lambda: halo.count(ADDED) >= CALLS and halo.count(TOLD) >= 2 * PLANS, PATIENCE)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0, halo.said()
    assert (halo.count(ADDED), halo.count(TOLD)) == (CALLS, 2 * PLANS)
    each = select(func.count()).select_from(Change).group_by(Change.workspace_id, Change.event)
    assert halo.count(select(func.max(each.where(Change.event.like("flag.%")).subquery().c[0]))) == 1
    left = select(func.count()).select_from(FlagValue).where(FlagValue.due_at.is_not(None))
    assert halo.count(left) == 0


def _ended(process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the worker ended by itself"
    return False


def test_two_workers_share_the_rows_and_none_is_worked_on_twice(halo: Halo) -> None:
    plant(halo)
    with halo.working() as one, halo.working() as two:
        until(lambda: halo.count(select(func.count()).select_from(Worker)) == 2, PATIENCE)
        until(lambda: halo.count(ADDED) >= CALLS and halo.count(TOLD) >= 2 * PLANS, PATIENCE)
        for process in (one, two):
            process.send_signal(signal.SIGINT)
        assert [process.wait(PATIENCE) for process in (one, two)] == [0, 0], halo.said()
    assert (halo.count(ADDED), halo.count(TOLD)) == (CALLS, 2 * PLANS)
    assert halo.count(select(func.count()).select_from(Worker)) == 0
    assert "Traceback" not in halo.said()


def test_a_nudge_wakes_a_worker_and_a_lost_one_is_made_up_for(halo: Halo) -> None:
    """Nothing is due in a fresh database when the worker has looked once, so that what it does then it was told of."""
    with halo.working() as process:
        scheduled = sum(job.every is not None for job in declared.jobs())
        until(lambda: halo.count(select(func.count(Schedule.ran_at))) == scheduled, PATIENCE)
        with halo.app.app_context():
            workspace = db.session.scalars(select(Workspace.id)).first()
            with one_change() as session:
                at = now() - MINUTE
                row = FlagValue(workspace_id=workspace, name="mcp_server", is_on=False, ends_at=at, due_at=at)
                session.add(row)
                session.flush()
                jobs.nudge("flags.tell", row.id)
        until(lambda: halo.count(TOLD) == 1, PATIENCE)
        _ended(process)
    assert "Traceback" not in halo.said()


def jobs_process(server: LiveServer) -> list[psutil.Process]:
    assert server.process is not None
    return [it for it in psutil.Process(server.process.pid).children() if it.nice() == 10]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_server_has_a_worker_beside_it_that_is_replaced_and_ends_with_it(
    start_server: Callable[..., LiveServer], kind: str
) -> None:
    server = start_server(kind, HALO_JOBS="1")
    app = create_worker(server.store.settings())

    def heard() -> list[str]:
        with app.app_context():
            return list(db.session.scalars(select(Worker.id).order_by(Worker.started_at)))

    try:
        until(heard, PATIENCE)
        (first,) = jobs_process(server)
        first.kill()
        until(lambda: len(heard()) == 2 and [it.pid for it in jobs_process(server)] not in ([], [first.pid]), PATIENCE)
        assert server.answers()
        (second,) = jobs_process(server)
        assert server.stop() == 0
        assert not second.is_running()
        assert len(heard()) == 1  # the killed one's row; the other went as it was told to
    finally:
        stores.close(app)


def test_a_server_that_is_killed_outright_leaves_no_worker_behind(start_server: Callable[..., LiveServer]) -> None:
    server = start_server("sqlite", HALO_JOBS="1")
    until(lambda: jobs_process(server), PATIENCE)
    (worker,) = jobs_process(server)
    assert server.process is not None
    server.process.kill()
    worker.wait(PATIENCE)
