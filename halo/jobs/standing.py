"""How each job stands: what of it is due, worked on or failing, since when, and when it goes on."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from halo.ground.database import db, one_change
from halo.jobs import declared
from halo.jobs.declared import Job
from halo.jobs.models import Schedule


@dataclass(frozen=True, slots=True)
class Standing:
    """One job's rows, added up."""

    job: Job
    due: int
    running: int
    failing: int
    planned: int
    """Rows that are due later."""
    oldest_at: datetime.datetime | None
    """Since when the oldest row that is due waits."""
    next_at: datetime.datetime | None
    """When the first of those that are due later is."""
    last_error: str
    """Of the row that failed most often."""

    @property
    def state(self) -> str:
        """The one word that matters most."""
        words = (("failing", self.failing), ("running", self.running), ("due", self.due), ("waiting", self.planned))
        return next((word for word, count in words if count), "idle")


def every(at: datetime.datetime) -> list[Standing]:
    """All jobs, by name."""
    return [_of(job, at) for job in declared.jobs()]


def _of(job: Job, at: datetime.datetime) -> Standing:
    model = job.model
    is_due, is_later, is_held = model.due_at <= at, model.due_at > at, model.lease_until > at
    counts = [func.count().filter(each) for each in (is_due, is_held, model.last_error != "", is_later)]
    moments = [func.min(model.due_at).filter(each) for each in (is_due, is_later)]
    added: Any = select(*counts, *moments)
    found = db.session.execute(added.where(*job.rows, model.due_at.is_not(None))).one()
    due, running, failing, planned, oldest_at, next_at = found
    failed = select(model.last_error).where(*job.rows, model.last_error != "").order_by(model.attempts.desc()).limit(1)
    last_error = db.session.scalar(failed) or ""
    return Standing(job, due, running, failing, planned, oldest_at, next_at, last_error)


def demand(job: Job, at: datetime.datetime) -> None:
    """Have a job that recurs be due now."""
    with one_change() as session:
        if (row := session.get(Schedule, job.name)) is not None:
            row.due_at = at
