"""Whether a worker lives: each writes a row every half minute, whoever asks reads the newest."""

from __future__ import annotations

import datetime
import os
import socket
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from halo.ground import limits, spoken
from halo.ground.database import db, insert_into, one_change
from halo.jobs.models import Worker

SILENT = datetime.timedelta(seconds=limits.JOB_SILENT_SECONDS)
FORGOTTEN = datetime.timedelta(days=1)
"""After which the row of a worker that was killed goes; until then it says when that was."""


def beat(worker_id: str, at: datetime.datetime) -> None:
    """This worker lives."""
    row = {"id": worker_id, "place": f"{socket.gethostname()[:180]} {os.getpid()}", "started_at": at, "seen_at": at}
    with one_change() as session:
        lives = insert_into(Worker).values(row)
        session.execute(lives.on_conflict_do_update(index_elements=[Worker.id], set_={"seen_at": at}))
        session.execute(delete(Worker).where(Worker.seen_at < at - FORGOTTEN))


def end(worker_id: str) -> None:
    """This worker stops, as it was told to."""
    with one_change() as session:
        session.execute(delete(Worker).where(Worker.id == worker_id))


@dataclass(frozen=True, slots=True)
class Pulse:
    """Whether jobs are worked on."""

    is_alive: bool
    sentence: str


def pulse(at: datetime.datetime) -> Pulse:
    """As the workers' rows tell it."""
    lives = func.count().filter(Worker.seen_at >= at - SILENT)
    found: Any = select(lives, func.max(Worker.seen_at))
    count, seen_at = db.session.execute(found).one()
    if count:
        return Pulse(True, f"{spoken.count(count, 'worker')}, seen {spoken.ago(seen_at, at)}")
    since = f" since {spoken.iso(seen_at)}" if seen_at else ""
    return Pulse(False, f"no worker was seen{since}")
