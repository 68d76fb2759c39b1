"""Calls with a credential that is known and dead: refused as ever, recorded only so often.

The row is the proof that a revocation is in force, so the first ones stand in the log. A client that keeps knocking
with a dead token must not write a row for each knock: what it may write without a good credential is bounded, for each
connection and in each process.
"""

from __future__ import annotations

import threading
import time

ROWS = 30
"""Recorded refusals of one connection in a minute."""
SECONDS = 60
KEPT = 10_000
"""Connections that a process counts at a time."""
_counted: dict[str, tuple[float, int]] = {}
_lock = threading.Lock()


def is_worth_a_row(grant_id: str) -> bool:
    """Whether this refusal of a dead credential is recorded; counts it."""
    moment = time.monotonic()
    with _lock:
        if len(_counted) >= KEPT:
            _counted.clear()
        since, rows = _counted.get(grant_id, (moment, 0))
        if moment - since >= SECONDS:
            since, rows = moment, 0
        _counted[grant_id] = (since, rows + 1)
    return rows < ROWS
