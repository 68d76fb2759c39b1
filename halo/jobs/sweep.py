"""Finding what is due: each half minute, and sooner where a row says when."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from halo.ground import limits
from halo.ground.database import db, insert_into, one_change
from halo.jobs import declared, leases
from halo.jobs.models import Schedule

SOONEST = datetime.timedelta(seconds=1)
EACH = 50
"""Rows of a job that one sweep nudges; more of them than that wait for the next."""
LONGEST = datetime.timedelta(seconds=limits.JOB_SWEEP_SECONDS)


def sweep(send: Callable[[str, str], bool], at: datetime.datetime) -> datetime.datetime:
    """Nudge whatever is due and not held; when to sweep again: when the next row is due, or half a minute later."""
    again = at + LONGEST
    for job in declared.jobs():
        for row_id in leases.open_rows(job, at, EACH):
            send(job.name, row_id)
        following = leases.next_at(job, at)
        again = min(again, following or again)
    db.session.rollback()
    return max(again, at + SOONEST)


def plan(at: datetime.datetime) -> None:
    """A row for each schedule that has none yet, due now."""
    planned = [{"name": job.name, "due_at": at} for job in declared.jobs() if job.every]
    if planned:
        with one_change() as session:
            session.execute(insert_into(Schedule).values(planned).on_conflict_do_nothing())
