"""Telling a worker, after the commit, that a row is due.

Huey is imported when the first nudge is sent: most processes never send one, and it brings ten megabytes along.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy.engine import Engine

from halo.ground.database import PerEngine, after_commit

if TYPE_CHECKING:
    from halo.jobs.queue import Queue

log = logging.getLogger("halo.jobs")


def nudge(job: str, row_id: str) -> None:
    """Inside a change: have a worker look at the row once it is durable. Where this fails, the sweep finds the row."""
    after_commit(lambda: _send(job, row_id))


def _send(job: str, row_id: str) -> None:
    try:
        _queues.get().send(job, row_id)
    except Exception as problem:  # noqa: BLE001 - what was committed is no failure because of it
        log.warning("no worker could be nudged: %s", type(problem).__name__)


def _open(engine: Engine) -> Queue:
    from halo.jobs.queue import Queue

    return Queue(engine)


_queues = PerEngine(_open)


def close() -> None:
    """Give up the connections (tests; a process that stops)."""
    for queue in _queues.drop():
        queue.close()
