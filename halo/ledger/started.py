"""Calls that must not be made twice: a row says that one has begun, before anything is done, and goes with its end.

`halo.ledger.writer.begin` writes the row, durable; the row of the log that ends the call takes it away in the same
transaction. A process that is killed in between leaves it behind. After the longest that a call may take, `sweep` turns
it into a row of the log with the outcome `unknown`: whether the call took effect nobody here can say, so whoever acts
on it looks first. Every attempt has exactly one row in the end, however often the sweep runs and wherever it is killed.
"""

from __future__ import annotations

import datetime

from sqlalchemy import select

from halo.ground.database import now, one_change
from halo.ground.limits import STARTED_SECONDS
from halo.ledger import moments
from halo.ledger.models import ActionExecution, StartedCall

REASON = "interrupted"
SWEPT = 200
"""Rows that one sweep ends, in some milliseconds of the write lock."""


def sweep(*, after: datetime.timedelta = datetime.timedelta(seconds=STARTED_SECONDS)) -> bool:
    """End what began longer ago than that and was not ended; whether there may be more."""
    begun = select(StartedCall).where(StartedCall.id < moments.first_id(now() - after)).order_by(StartedCall.id)
    with one_change() as session:
        rows = session.scalars(begun.limit(SWEPT).with_for_update(skip_locked=True)).all()
        for row in rows:
            session.add(_ended(row))
            session.delete(row)
    return len(rows) == SWEPT


def _ended(row: StartedCall) -> ActionExecution:
    """The row of the log. It takes a time of now: rows with an older one are counted already (`halo.ledger.tally`)."""
    said = row.execution | {"outcome": "unknown", "reason": REASON}
    return ActionExecution(**said | {"detail": f"It began at {row.at:%Y-%m-%d %H:%M:%S} UTC and was never ended."})
