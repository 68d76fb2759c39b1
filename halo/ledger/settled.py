"""Under which id nothing is written to the log any more, for who reads it once and in order.

An id is made before its row is committed, so the later of two ids can be seen first. Three things together make an
edge under which nothing comes any more:
- The writer gives a row that had to wait for its turn a new id, right before it is written (`freshen`).
- Whatever transaction is still open then is waited for: on SQLite `edge` is asked inside a change, which holds the one
  write lock, so there is none; PostgreSQL is asked since when the oldest has been open.
- It lies a while back (`SETTLED`): for clocks of machines that differ, and until a row that stands for others is told
  of the last of them.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from halo.ground.database import db, new_id, now
from halo.ledger import moments, tally

SETTLED = tally.SETTLED
FRESH = datetime.timedelta(seconds=5)
"""An id may be so much older than the beginning of the statement that writes it."""
_OPEN = text(
    "SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND (backend_xid IS NOT NULL OR query LIKE 'COPY action_executions%')"
)
"""Reading alone, however long, has no `backend_xid`."""


def edge() -> str:
    """The first id that a row may still get; inside a change."""
    moment = now() - SETTLED
    if db.engine.dialect.name == "postgresql":
        opened: datetime.datetime | None = db.session.scalar(_OPEN)
        moment = min(moment, opened - FRESH) if opened is not None else moment
    return moments.first_id(moment)


def freshen(rows: Iterable[list[Any]]) -> None:
    """A new id for each row (a list that begins with its id) that waited for longer than `FRESH`."""
    oldest = moments.first_id(now() - FRESH)
    for row in rows:
        if row[0] < oldest:
            row[0] = new_id()
