"""Refusals past a limit: one row a minute stands for the rest, with their number (`stands_for`).

The first refusal of a minute has a row of its own, durable before it is answered (`halo.perform`). Those that follow
are counted here and added to that row every few seconds by a thread that lives while there are any: a caller who
hammers, in however many processes, costs one row and a few updates. What a killed process had not added yet is the only
thing that is lost, and it is a number.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable

import psycopg

from halo.ground.database import db
from halo.ground.per_app import PerApp
from halo.ledger.executions import Execution
from halo.ledger.sinks import Sink, open_sink

SECONDS = 5
"""Between two additions to the rows."""
FAULTS = (sqlite3.Error, psycopg.Error, OSError)
"""Of a database that is away; the numbers wait."""
log = logging.getLogger("halo.audit")
Whose = tuple[str, str, str, str]
"""Workspace, person, grant and reason of the rows that are counted together."""


class Folder:
    """Numbers that wait to be added to their rows, and the thread that adds them."""

    def __init__(self, open_sink: Callable[[], Sink]) -> None:
        self._open_sink = open_sink
        self._lock = threading.Lock()
        self._waiting: dict[Whose, int] = {}
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, whose: Whose) -> None:
        """One more that has no row of its own."""
        with self._lock:
            self._waiting[whose] = self._waiting.get(whose, 0) + 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="halo-audit-folder", daemon=True)
                self._thread.start()

    def flush(self) -> None:
        """Add what waits to the rows; what could not be added waits on."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            with contextlib.closing(self._open_sink()) as sink:
                sink.stand_for(waiting)
        except FAULTS as problem:
            log.warning("numbers of refused calls wait to be added to the audit log (%s)", type(problem).__name__)
            with self._lock:
                for whose, number in waiting.items():
                    self._waiting[whose] = self._waiting.get(whose, 0) + number

    def close(self) -> None:
        """Add what waits, and end."""
        self._stopped.set()
        thread = self._thread
        if thread is not None:
            thread.join()
        self.flush()

    def _run(self) -> None:
        while not self._stopped.wait(SECONDS):
            self.flush()
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return


def _open() -> Folder:
    engine = db.engine  # its thread has no app
    return Folder(lambda: open_sink(engine))


_folder = PerApp(_open, end=Folder.close)


def add(execution: Execution) -> None:
    """Count a refused attempt that the last row of its kind stands for."""
    told = (execution.workspace_id, execution.person_id, execution.grant_id, execution.reason)
    workspace, person, grant, reason = (it or "" for it in told)
    _folder.get().add((workspace, person, grant, reason))


def flush() -> None:
    """Add what waits in this process now for the current app."""
    _folder.get().flush()
