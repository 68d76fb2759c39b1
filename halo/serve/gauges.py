"""What a worker is, besides what it did: its memory and its connections, told whenever its metrics are published."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.pool import QueuePool

from halo.ground.database import db, quick
from halo.ground.telemetry.measures import CONNECTIONS, MEMORY


def refresher(app: Any) -> Callable[[], None]:
    """A function that sets the gauges of the process that serves this app."""

    def refresh() -> None:
        with contextlib.suppress(OSError):  # no such file but on Linux
            MEMORY.set(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
        with app.app_context():
            _connections()

    return refresh


def _connections() -> None:
    pool = db.engine.pool
    if isinstance(pool, QueuePool):
        CONNECTIONS.set(pool.checkedout(), "pages", "used")
        CONNECTIONS.set(pool.checkedin(), "pages", "idle")
    for state, count in quick.connections().items():
        CONNECTIONS.set(count, "calls", state)
