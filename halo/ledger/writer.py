"""The writer of `action_executions`: many rows a commit, and the caller waits until its row is durable.

Rows that arrive while a commit runs share the next one, so that waiting for the disk costs the crowd as much as it
costs one. There is no thread that writes: of those who wait, one leads, writes the rows of all, wakes them, and hands
the lead to one whose row came in the meantime. A caller alone writes its row itself and waits for nobody.

Processes on SQLite queue on `halo.ground.database.WriteLock`; SQLite's own waiting would cost hundreds of milliseconds
at the 99th percentile.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from halo.ground.database import db, outage
from halo.ground.database.outage import Unavailable
from halo.ground.limits import OUTAGE_RETRY_SECONDS
from halo.ground.per_app import PerApp
from halo.ground.telemetry.measures import AUDIT_BATCHES, AUDIT_FAILURES
from halo.ledger.executions import Execution, Started, row_of, started_of
from halo.ledger.sinks import Sink, open_sink

log = logging.getLogger("halo.audit")


class NotRecorded(Unavailable):
    """The row could not be made durable, so the call must not be answered."""


class _Waiting:
    """A row, and the lock that its caller waits on: released when the row was written, or could not be, or when its
    caller is to write it."""

    __slots__ = ("closes", "is_durable", "is_to_lead", "row", "started", "woken")

    def __init__(self, row: list[Any] | None, *, closes: str = "", started: Started | None = None) -> None:
        self.row = row
        self.closes = closes
        """Id of what was started, which goes when the row is written."""
        self.started = started
        """In the place of a row: a call that begins."""
        self.is_durable = False
        self.is_to_lead = False
        self.woken = threading.Lock()
        self.woken.acquire()


class Writer:
    """Those who wait, and the connection of the one who leads."""

    def __init__(self, open_sink: Callable[[], Sink]) -> None:
        self._open_sink = open_sink
        self._sink: Sink | None = None
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._is_led = False

    def record(self, execution: Execution, *, closes: str = "") -> str:
        """Write one row and return its id when it is durable; raises `NotRecorded` when it could not be written.

        With it goes what was started under the id `closes`: both or neither.
        """
        row = row_of(execution)
        self._wait_for(_Waiting(row, closes=closes))
        return str(row[0])  # it may have got another one while it waited

    def begin(self, execution: Execution) -> str:
        """Write that this call begins, durable like a row; the id that closes it."""
        started = started_of(execution)
        self._wait_for(_Waiting(None, started=started))
        return started.id

    def _wait_for(self, own: _Waiting) -> None:
        with self._lock:
            self._waiting.append(own)
            leads, self._is_led = not self._is_led, True
        if not leads:
            own.woken.acquire()
            leads = own.is_to_lead
        if leads:
            self._lead(own)
        if not own.is_durable:
            AUDIT_FAILURES.add()
            raise NotRecorded("The call could not be recorded, so it was not answered.", OUTAGE_RETRY_SECONDS)

    def close(self) -> None:
        """Give up the connections; no row may be on its way."""
        if self._sink is not None:
            self._sink.close()
            self._sink = None

    def _lead(self, own: _Waiting) -> None:
        """Write what waits, this thread's row among it; then wake those whose rows they were."""
        time.sleep(0)  # lets a thread that has a row nearly ready add it
        with self._lock:
            batch, self._waiting = self._waiting, []
        try:
            self._write(batch)
        finally:  # whatever happened, nobody is left to wait
            for waiting in batch:
                if waiting is not own:
                    waiting.woken.release()
            self._hand_over()

    def _hand_over(self) -> None:
        """The lead goes to somebody whose row came while this one was writing, if there is any."""
        with self._lock:
            heir = self._waiting[0] if self._waiting else None
            self._is_led = heir is not None
        if heir is not None:
            heir.is_to_lead = True
            heir.woken.release()

    def _write(self, batch: list[_Waiting]) -> None:
        try:
            self._sink = self._sink or self._open_sink()
            self._sink.write(
                [waiting.row for waiting in batch if waiting.row is not None],
                [waiting.started for waiting in batch if waiting.started is not None],
                [waiting.closes for waiting in batch if waiting.closes],
            )
            AUDIT_BATCHES.observe(len(batch))
        except Exception as problem:  # noqa: BLE001 - `outage.say` logs it
            outage.say(log, "the audit log could not be written", problem)
            if self._sink is not None:
                with contextlib.suppress(Exception):
                    self._sink.close()
            self._sink = None
        else:
            for waiting in batch:
                waiting.is_durable = True


def _open() -> Writer:
    engine = db.engine  # the connection is opened by whoever leads, perhaps after the app's context
    return Writer(lambda: open_sink(engine))


_writer = PerApp(_open, end=Writer.close)


def record(execution: Execution, *, closes: str = "") -> str:
    """See `Writer.record`; this process's writer for the current app's database."""
    return _writer.get().record(execution, closes=closes)


def begin(execution: Execution) -> str:
    """See `Writer.begin`."""
    return _writer.get().begin(execution)
