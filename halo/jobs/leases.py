"""Who works on a row: claimed by compare-and-set, held for a minute at a time, given back with what came of it.

The moment at which a lease ends is the proof of who holds it. Each claim sets one that lies behind every earlier one,
so that a worker that slept through its lease finds another moment there, and writes nothing any more.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from halo.ground import limits
from halo.ground.database import db, one_change

if TYPE_CHECKING:
    from halo.jobs.declared import Job

LEASE = datetime.timedelta(seconds=limits.JOB_LEASE_SECONDS)


class LeaseLost(Exception):
    """Somebody else works on the row now, or it is gone."""


@dataclass(slots=True)
class Lease:
    """A row that this worker holds."""

    job: Job
    row_id: str
    until: datetime.datetime
    due_at: datetime.datetime
    """For which it was claimed."""
    attempt: int
    """1 for the first since it last succeeded."""

    @property
    def mine(self) -> ColumnElement[bool]:
        """The row, as long as it is held."""
        return and_(self.job.key == self.row_id, self.job.model.lease_until == self.until)


def is_open(job: Job, at: datetime.datetime) -> ColumnElement[bool]:
    """Of the job's rows those that are due and that nobody holds."""
    model = job.model
    return and_(*job.rows, model.due_at <= at, or_(model.lease_until.is_(None), model.lease_until <= at))


def claim(job: Job, row_id: str, at: datetime.datetime) -> Lease | None:
    """Take the row; None where it is not due, or somebody else was first."""
    model, until = job.model, at + LEASE
    taken = (
        update(model)
        .where(job.key == row_id, is_open(job, at))
        .values(lease_until=until, attempts=model.attempts + 1)
        .returning(model.due_at, model.attempts)
        .execution_options(synchronize_session=False)
    )
    with one_change() as session:
        found = session.execute(taken).first()
    return Lease(job, row_id, until, *found) if found else None


def demand(lease: Lease) -> None:
    """Inside a change: raise `LeaseLost` unless the row is still held, and will be until the change is committed."""
    if db.session.scalar(select(1).select_from(lease.job.model).where(lease.mine).with_for_update()) is None:
        raise LeaseLost


def renew(lease: Lease, at: datetime.datetime) -> None:
    """Hold the row for another minute; raises `LeaseLost`."""
    until = max(at + LEASE, lease.until)
    with one_change():
        _set(lease, lease_until=until)
    lease.until = until


def close(lease: Lease, at: datetime.datetime) -> None:
    """It is done: nothing is due any more, or again after the job's time; raises `LeaseLost`.

    What somebody wrote into `due_at` in the meantime stands: a new cause, or a later step of the unit's own.
    """
    job = lease.job
    following = at + job.every if job.every else None
    due = case((job.model.due_at == lease.due_at, following), else_=job.model.due_at)
    ran: dict[str, Any] = {"ran_at": at} if job.every else {}
    with one_change():
        _set(lease, lease_until=None, attempts=0, last_error="", due_at=due, **ran)


def pass_on(lease: Lease) -> None:
    """It came further and is not done: whoever is next goes on; raises `LeaseLost`."""
    with one_change():
        _set(lease, lease_until=None, attempts=0, last_error="")


def give_back(lease: Lease) -> None:
    """As if it had never been claimed; raises `LeaseLost`."""
    with one_change():
        _set(lease, lease_until=None, attempts=lease.attempt - 1)


def fail(lease: Lease, sentence: str, again_at: datetime.datetime) -> None:
    """It failed, and is due again then; raises `LeaseLost`."""
    with one_change():
        _set(lease, lease_until=None, last_error=sentence, due_at=again_at)


def open_rows(job: Job, at: datetime.datetime, most: int) -> list[str]:
    """Rows that are due and that nobody holds, the longest first."""
    found = select(job.key).where(is_open(job, at)).order_by(job.model.due_at).limit(most)
    return list(db.session.scalars(found))


def next_at(job: Job, at: datetime.datetime) -> datetime.datetime | None:
    """When the next of its rows is due that is not due yet."""
    moment: datetime.datetime | None = db.session.scalar(
        select(func.min(job.model.due_at)).where(*job.rows, job.model.due_at > at)
    )
    return moment


def _set(lease: Lease, **values: Any) -> None:
    done = update(lease.job.model).where(lease.mine).values(**values)
    if not db.session.execute(done.execution_options(synchronize_session=False)).rowcount:  # type: ignore[attr-defined]
        raise LeaseLost
