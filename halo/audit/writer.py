"""The writer of `action_executions`: one thread a process, many rows a commit, and the caller waits for its row.

A row is durable before the caller has its answer: on SQLite the writer's connection runs with `synchronous=FULL`, so
the row survives the loss of power, not only of the process. Rows that arrive while a commit runs share the next one,
so that waiting for the disk costs the crowd as much as it costs one. Writers of several processes queue on
`halo.database.WriteLock`; SQLite's own waiting would cost hundreds of milliseconds at the 99th percentile.

In its pauses the writer adds the log up for the charts (`halo.audit.tally`); nobody waits for that.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import queue
import re
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Protocol

import orjson
import psycopg
from sqlalchemy.engine import Engine

from halo.audit import tally
from halo.database import PerEngine, new_id, prepare_sqlite, write_lock
from halo.errors import HaloError

BATCH = 500
IDLE_SECONDS = 30
"""After so long without a call the writer adds up what was written (`halo.audit.tally`)."""
_NAMED = re.compile(r":(\w+)")
log = logging.getLogger("halo.audit")


@dataclass(slots=True)
class Execution:
    """One attempt, as `halo.perform` knows it; field names are the columns of `action_executions`."""

    workspace_id: str
    caller: str
    method: str = "tools/call"
    client_id: str | None = None
    grant_id: str | None = None
    person_id: str | None = None
    agent_id: str | None = None
    conversation_id: str | None = None
    end_user_id: str | None = None
    server_id: str | None = None
    integration: str | None = None
    action: str | None = None
    tool: str | None = None
    arguments: Any = None
    outcome: str = "ok"
    reason: str | None = None
    detail: str | None = None
    result_size: int = 0
    latency_us: int = 0
    protocol_version: str | None = None
    client_info: str | None = None
    request_id: str | None = None
    trace_id: str | None = None


COLUMNS = ("id", "at", *(field.name for field in fields(Execution)))
_NAMES = COLUMNS[2:]
_ARGUMENTS = _NAMES.index("arguments")
_values = attrgetter(*_NAMES)


class NotRecorded(HaloError):
    """The row could not be made durable, so the call must not be answered."""


class _Waiting:
    """A row and the lock that its caller waits on; released when the row is durable, or has failed."""

    __slots__ = ("done", "failed", "row")

    def __init__(self, row: Sequence[Any]) -> None:
        self.row = row
        self.failed = False
        self.done = threading.Lock()
        self.done.acquire()


class Sink(Protocol):
    """Where batches go."""

    def write(self, rows: list[Sequence[Any]]) -> None:
        """Make all rows durable, or raise."""

    def add_up(self) -> bool:
        """Take one step of `halo.audit.tally`; whether there is more to add."""

    def close(self) -> None:
        """Give up the connection."""


class SqliteSink:
    """One INSERT and one commit for all rows, synced to disk."""

    def __init__(self, engine: Engine) -> None:
        self._lock = write_lock(engine)
        self._connection = sqlite3.connect(str(engine.url.database), check_same_thread=False)
        prepare_sqlite(self._connection)
        self._connection.execute("PRAGMA synchronous=FULL")
        self._statements: dict[int, str] = {}

    def write(self, rows: list[Sequence[Any]]) -> None:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.execute(self._insert(len(rows)), [value for row in rows for value in row])
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    def add_up(self) -> bool:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                is_more = tally.step(self._execute, "sqlite")
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        return is_more

    def _execute(self, statement: str, parameters: Mapping[str, Any]) -> Any:
        row = self._connection.execute(statement, parameters).fetchone()
        return row[0] if row else None

    def _insert(self, rows: int) -> str:
        """One statement for the whole batch: `executemany` would hand the interpreter's lock over at every row."""
        if rows not in self._statements:
            values = ", ".join([f"({', '.join('?' * len(COLUMNS))})"] * rows)
            self._statements[rows] = f"INSERT INTO action_executions ({', '.join(COLUMNS)}) VALUES {values}"  # noqa: S608
        return self._statements[rows]

    def close(self) -> None:
        self._connection.close()


class PostgresSink:
    """COPY for every batch; reconnects when the server went away."""

    def __init__(self, engine: Engine) -> None:
        self._url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._sql = f"COPY action_executions ({', '.join(COLUMNS)}) FROM STDIN"
        self._connection: psycopg.Connection[Any] | None = None

    def write(self, rows: list[Sequence[Any]]) -> None:
        connection = self._connected()
        with connection.transaction(), connection.cursor().copy(self._sql) as copy:
            for row in rows:
                copy.write_row(row)

    def add_up(self) -> bool:
        connection = self._connected()

        def execute(statement: str, parameters: Mapping[str, Any]) -> Any:
            done = connection.execute(_NAMED.sub(r"%(\1)s", statement).encode(), parameters)
            row = done.fetchone() if done.description else None
            return row[0] if row else None

        with connection.transaction():
            return tally.step(execute, "postgresql")

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


class Writer:
    """The thread that writes, and the queue in front of it."""

    def __init__(self, open_sink: Callable[[], Sink]) -> None:
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._open_sink = open_sink
        self._thread = threading.Thread(target=self._run, name="halo-audit", daemon=True)
        self._thread.start()

    def submit(self, execution: Execution) -> _Waiting:
        """Hand the row over; `wait` on what comes back before answering."""
        waiting = _Waiting(_row(execution))
        self._queue.put(waiting)
        return waiting

    def close(self) -> None:
        """Write what is queued and stop."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        sink: Sink | None = None
        running, is_more, written = True, False, 0
        while running:
            batch = self._batch(patience=0 if is_more else IDLE_SECONDS)
            running = not batch or batch[-1] is not None
            rows = [waiting for waiting in batch if waiting is not None]
            if rows:
                sink = self._write(sink, rows)
                written += len(rows)
            if sink is not None and (not batch or written >= tally.STEP):
                is_more, written = self._add_up(sink), 0
        if sink is not None:
            sink.close()

    def _add_up(self, sink: Sink) -> bool:
        """Between two batches, when nobody waits or many were written. What goes wrong is tried again later."""
        try:
            return sink.add_up()
        except Exception:
            log.exception("the audit log could not be added up")
            return False

    def _batch(self, patience: float) -> list[_Waiting | None]:
        """What is to be written, all that is there; nothing when nothing came for so long."""
        try:
            batch = [self._queue.get(timeout=patience)]
        except queue.Empty:
            return []
        with contextlib.suppress(queue.Empty):
            while batch[-1] is not None and len(batch) < BATCH:
                batch.append(self._queue.get_nowait())
        return batch

    def _write(self, sink: Sink | None, rows: list[_Waiting]) -> Sink | None:
        try:
            sink = sink or self._open_sink()
            sink.write([waiting.row for waiting in rows])
        except Exception:
            log.exception("the audit log could not be written")
            for waiting in rows:
                waiting.failed = True
            if sink is not None:
                with contextlib.suppress(Exception):
                    sink.close()
            sink = None
        for waiting in rows:
            waiting.done.release()
        return sink


def _row(execution: Execution) -> list[Any]:
    at = datetime.datetime.now(datetime.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    values: list[Any] = [new_id(), at, *_values(execution)]
    if execution.arguments is not None:
        values[_ARGUMENTS + 2] = orjson.dumps(execution.arguments, default=str).decode().replace("\\u0000", "\\ufffd")
    # PostgreSQL takes no NUL in text or JSON; one such row would fail the batch of everybody else's.
    return [value.replace("\x00", "\ufffd") if isinstance(value, str) else value for value in values]


def _open(engine: Engine) -> Writer:
    kind = SqliteSink if engine.dialect.name == "sqlite" else PostgresSink
    return Writer(lambda: kind(engine))


_writers = PerEngine(_open)


def submit(execution: Execution) -> _Waiting:
    """Hand an execution to this process's writer; follow with `wait`."""
    return _writers.get().submit(execution)


def wait(waiting: _Waiting) -> None:
    """Return when the row is durable; raises `NotRecorded` when it could not be written."""
    waiting.done.acquire()
    if waiting.failed:
        raise NotRecorded("The call could not be recorded, so it was not answered. Try again.")


def record(execution: Execution) -> None:
    """Write one row and return when it is durable."""
    wait(submit(execution))


def close() -> None:
    """Write what is queued and end the writers of this process (tests; a worker that stops)."""
    for writer in _writers.drop():
        writer.close()
