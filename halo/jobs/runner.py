"""A row's turn: claim it, take unit after unit, write down what came of it.

A unit that fails makes the row wait longer each time, with a sentence that says why. A worker that is told to stop
gives its rows back between two units; one that is killed leaves them to whoever comes after the lease.
"""

from __future__ import annotations

import datetime
import logging
import random
import threading
import time
from typing import Literal

from halo.ground import limits
from halo.ground.database import db, now, outage
from halo.ground.errors import HaloError
from halo.ground.telemetry.measures import JOBS
from halo.jobs import leases
from halo.jobs.declared import Job
from halo.jobs.leases import Lease, LeaseLost
from halo.jobs.models import SENTENCE
from halo.jobs.turns import Clock, Turn

log = logging.getLogger("halo.jobs")
Outcome = Literal["done", "more", "stopped", "failed", "lost", "taken"]
NEVER = threading.Event()
"""For who is not told to stop."""


def run(job: Job, row_id: str, *, stop: threading.Event = NEVER, clock: Clock = now) -> Outcome:
    """Work on the row until it is done, has had its time, fails, or the worker stops; `taken` where nothing was due
    or somebody else was first."""
    lease = leases.claim(job, row_id, clock())
    outcome: Outcome = "taken" if lease is None else _run(lease, stop, clock)
    JOBS.add(job.name, outcome)
    return outcome


def _run(lease: Lease, stop: threading.Event, clock: Clock) -> Outcome:
    try:
        return _units(lease, stop, clock)
    except LeaseLost:
        log.info("%s of %s went to another worker", lease.job.name, lease.row_id)
        return "lost"
    except Exception as problem:  # noqa: BLE001 - `_fail` logs it
        return _fail(lease, problem, clock)
    except BaseException:
        leases.give_back(lease)
        raise


def _units(lease: Lease, stop: threading.Event, clock: Clock) -> Outcome:
    turn, began = Turn(lease, clock), time.monotonic()
    while True:
        unit_began = time.monotonic()
        is_more = lease.job.unit(turn)
        if not is_more:
            leases.close(lease, clock())
            return "done"
        ended = time.monotonic()
        if stop.wait(lease.job.rest * (ended - unit_began)):
            leases.give_back(lease)
            return "stopped"
        if ended - began > limits.JOB_TURN_SECONDS:
            leases.pass_on(lease)
            return "more"
        turn.keep()


def _fail(lease: Lease, problem: Exception, clock: Clock) -> Outcome:
    """Write down why and until when the row waits; where even that fails, its lease runs out."""
    db.session.rollback()
    outage.say(log, f"the job {lease.job.name} failed for {lease.row_id}", problem)
    try:
        leases.fail(lease, sentence_of(problem), clock() + pause_after(lease.attempt, longest=lease.job.longest_pause))
    except LeaseLost:
        return "lost"
    except outage.FAULTS as fault:
        outage.say(log, "the failure of a job could not be written down", fault)
    return "failed"


def sentence_of(problem: Exception) -> str:
    """Why it failed, in words of ours: what a library says may hold anything."""
    if isinstance(problem, HaloError):
        return problem.message[:SENTENCE]
    if away := outage.seen_in(problem):
        return away.message
    return f"It ended with an error that nobody foresaw ({type(problem).__name__}); the log has it."


def pause_after(
    attempt: int, draw: float | None = None, *, longest: float = limits.JOB_LONGEST_PAUSE_SECONDS
) -> datetime.timedelta:
    """How long a row waits after that many failures: twice as long each time, and up to half of it less, so that what
    failed together does not come back together."""
    doubled = limits.JOB_FIRST_PAUSE_SECONDS * 2.0 ** min(attempt - 1, 32)
    whole = min(doubled, longest)
    return datetime.timedelta(seconds=whole * (1 - (random.random() if draw is None else draw) / 2))  # noqa: S311
