"""Telling a worker, after the commit, that a row is due.

Huey is imported when the first nudge is sent: most processes never send one, and it brings ten megabytes along.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from halo.ground.database import after_commit, db
from halo.ground.per_app import PerApp

if TYPE_CHECKING:
    from halo.jobs.queue import Queue

log = logging.getLogger("halo.jobs")


def nudge(job: str, row_id: str) -> None:
    """Inside a change: have a worker look at the row once it is durable. Where this fails, the sweep finds the row."""
    after_commit(lambda: _send(job, row_id))


def _send(job: str, row_id: str) -> None:
    try:
        _queue.get().send(job, row_id)
    except Exception as problem:  # noqa: BLE001 - what was committed is no failure because of it
        log.warning("no worker could be nudged: %s", type(problem).__name__)


def _open() -> Queue:
    from halo.jobs.queue import Queue

    return Queue(db.engine)


_queue = PerApp(_open, end=lambda queue: queue.close())
