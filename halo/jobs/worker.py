"""The process that works: Huey's consumer, whose threads look at rows and whose scheduler is our sweep.

It stops at SIGTERM and at Ctrl-C: units that run are finished, rows that have more to do are given back.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import time
from collections.abc import Callable
from typing import Any

from huey.consumer import Consumer, Scheduler

from halo.ground import limits
from halo.ground.database import db, new_id, now, outage
from halo.jobs import declared, heartbeat, runner, sweep
from halo.jobs.queue import Queue

log = logging.getLogger("halo.jobs")
Context = Callable[[], contextlib.AbstractContextManager[Any]]
"""What a thread needs around it to reach the database."""
IDLE_SECONDS = 1.0
"""Between two looks into an empty queue that cannot wake its reader."""


class WorkerProcess:
    """One process's share of the work."""

    def __init__(self, context: Context) -> None:
        self.id = new_id()
        self._context = context
        with context():
            self.queue = Queue(db.engine, self.look)
        self.consumer = Threads(self)

    def run(self) -> None:
        """Work until told to stop."""
        logging.getLogger("huey").setLevel(logging.WARNING)
        log.info("working on %s", ", ".join(job.name for job in declared.jobs()))
        self.consumer.run()
        with contextlib.suppress(*outage.FAULTS), self._context():
            heartbeat.end(self.id)
        self.queue.close()

    def look(self, name: str, row_id: str) -> None:
        """Work on a row, if it is due and nobody else does; go on with it later where it has more."""
        job = declared.find(name)
        if job is None:
            log.warning("there is no job %s here: another release sent it", name)
            return
        with self._context():
            if runner.run(job, row_id, stop=self.consumer.stop_flag) == "more":
                self.queue.send(name, row_id)

    def round(self) -> float:
        """Say that this worker lives, and nudge what is due; in how many seconds to do so again."""
        with self._context():
            at = now()
            heartbeat.beat(self.id, at)
            sweep.plan(at)
            return (sweep.sweep(self.queue.send, at) - now()).total_seconds()


class Sweeps(Scheduler):  # type: ignore[misc]
    """Huey's thread beside the workers; it finds what is due in rows, in place of the schedule that Huey would keep."""

    def __init__(self, worker: WorkerProcess, **given: Any) -> None:
        super().__init__(**given)
        self._worker = worker

    def loop(self, now: Any = None) -> None:  # noqa: ARG002 - Huey's
        began, again_in = time.monotonic(), float(limits.JOB_SWEEP_SECONDS)
        try:
            again_in = self._worker.round()
        except Exception as problem:  # noqa: BLE001 - `outage.say` logs it
            outage.say(log, "what is due could not be looked for", problem)
        self.sleep_for_interval(began, again_in)


class Threads(Consumer):  # type: ignore[misc]
    """Huey's consumer, ended in order by both signals."""

    def __init__(self, worker: WorkerProcess) -> None:
        self._worker = worker
        super().__init__(
            worker.queue.huey,
            workers=limits.JOB_THREADS,
            periodic=False,
            max_delay=IDLE_SECONDS,
            shutdown_timeout=limits.JOB_STOP_SECONDS,
        )
        self._signal_actions = {signal.SIGTERM: (False, True), signal.SIGINT: (False, True)}

    def _create_scheduler(self) -> Sweeps:
        return Sweeps(
            self._worker, huey=self.huey, stop_flag=self.stop_flag, interval=self.scheduler_interval, periodic=False
        )
