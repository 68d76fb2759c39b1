"""Where the rows of `action_executions` go: into SQLite or PostgreSQL, durable when `write` returns."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import psycopg
from sqlalchemy.engine import Engine

from halo.ground.database import now, postgres, postgres_url, prepare_sqlite, write_lock
from halo.ledger import moments, settled
from halo.ledger.executions import COLUMNS, Started

_NAMED = re.compile(r":(\w+)")
_STAND_FOR = """
UPDATE action_executions SET stands_for = stands_for + :more WHERE id = (
    SELECT id FROM action_executions
    WHERE workspace_id = :workspace AND reason = :reason AND id >= :since
    AND coalesce(person_id, '') = :person AND coalesce(grant_id, '') = :grant
    AND coalesce(conversation_id, '') = :conversation
    ORDER BY id DESC LIMIT 1
)
"""
_START = "INSERT INTO started_calls (id, at, workspace_id, execution) VALUES ({})"
_CLOSE = "DELETE FROM started_calls WHERE id = {}"
_RECENT = datetime.timedelta(minutes=10)
"""The row is of the last minute; numbers may have waited for a database that was away."""
_to_disk = getattr(os, "fdatasync", os.fsync)
"""macOS has no fdatasync."""


Alike = tuple[str, str, str, str, str]
"""Workspace, person, grant, conversation and reason of the refusals that one row stands for."""


class Sink(Protocol):
    """One connection of its own, used by one thread at a time."""

    def write(self, rows: Sequence[list[Any]], starts: Sequence[Started] = (), closes: Sequence[str] = ()) -> None:
        """Make all rows and all that starts durable, and take away what they close; all of it, or raise. A row that
        waited for long gets a new id (`settled`)."""

    def stand_for(self, numbers: Mapping[Alike, int]) -> None:
        """Add to the newest row of those that are alike that it stands for so many more."""

    def close(self) -> None:
        """Give up the connection."""


def open_sink(engine: Engine) -> Sink:
    """A new connection to this engine's database."""
    return SqliteSink(engine) if engine.dialect.name == "sqlite" else PostgresSink(engine)


def _standing(numbers: Mapping[Alike, int]) -> Iterator[dict[str, Any]]:
    """The parameters of `_STAND_FOR`, always in one order: two processes then wait for each other in no circle."""
    since = moments.first_id(now() - _RECENT)
    for (workspace, person, grant, conversation, reason), more in sorted(numbers.items()):
        yield {
            "workspace": workspace, "person": person, "grant": grant, "conversation": conversation, "reason": reason,
            "more": more, "since": since,
        }  # fmt: skip


class SqliteSink:
    """One INSERT for all rows, then one sync of the write-ahead log.

    What `PRAGMA synchronous=FULL` does inside the commit happens here after it, when the write lock is free again: the
    row survives the loss of power all the same, and the next process writes while this one waits for its disk. A
    checkpoint in between syncs the log itself before it moves rows into the database (sqlite.org/pragma.html, NORMAL).
    """

    def __init__(self, engine: Engine) -> None:
        self._lock = write_lock(engine)
        self._log_path = f"{engine.url.database}-wal"
        self._log: int | None = None
        self._connection = sqlite3.connect(str(engine.url.database), check_same_thread=False)
        prepare_sqlite(self._connection)
        self._statements: dict[int, str] = {}

    def write(self, rows: Sequence[list[Any]], starts: Sequence[Started] = (), closes: Sequence[str] = ()) -> None:
        if starts or closes:
            with self._change():
                self._connection.executemany(_START.format("?, ?, ?, ?"), starts)
                self._connection.executemany(_CLOSE.format("?"), [(it,) for it in closes])
                if rows:
                    self._add(rows)
        else:
            with self._lock:
                self._add(rows)
        if self._log is None:  # it is there since the first write, and stays while this connection is open
            self._log = os.open(self._log_path, os.O_RDONLY | os.O_CLOEXEC)
        _to_disk(self._log)

    def stand_for(self, numbers: Mapping[Alike, int]) -> None:
        with self._change():
            for parameters in _standing(numbers):
                self._connection.execute(_STAND_FOR, parameters)

    @contextlib.contextmanager
    def _change(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    def _add(self, rows: Sequence[list[Any]]) -> None:
        settled.freshen(rows)
        values = [value for row in rows for value in row]
        self._connection.execute(self._insert(len(rows)), values)

    def _insert(self, rows: int) -> str:
        """One statement for the whole batch, a transaction by itself: every statement more, as with BEGIN or with
        `executemany`, would hand the interpreter's lock over once more."""
        if rows not in self._statements:
            values = ", ".join([f"({', '.join('?' * len(COLUMNS))})"] * rows)
            self._statements[rows] = f"INSERT INTO action_executions ({', '.join(COLUMNS)}) VALUES {values}"  # noqa: S608
        return self._statements[rows]

    def close(self) -> None:
        if self._log is not None:
            os.close(self._log)
            self._log = None
        self._connection.close()


class PostgresSink:
    """COPY for every batch; reconnects when the server went away."""

    def __init__(self, engine: Engine) -> None:
        self._url = postgres_url(engine)
        self._sql = f"COPY action_executions ({', '.join(COLUMNS)}) FROM STDIN"
        self._connection: postgres.Connection | None = None

    def write(self, rows: Sequence[list[Any]], starts: Sequence[Started] = (), closes: Sequence[str] = ()) -> None:
        connection = self._connected()
        settled.freshen(rows)
        with connection.transaction(), connection.cursor() as cursor:
            if starts:
                cursor.executemany(_START.format("%s, %s, %s, %s").encode(), starts)
            if closes:
                cursor.execute(b"DELETE FROM started_calls WHERE id = ANY(%s)", [list(closes)])
            if rows:
                with cursor.copy(self._sql) as copy:
                    for row in rows:
                        copy.write_row(row)

    def stand_for(self, numbers: Mapping[Alike, int]) -> None:
        with self._connected().transaction():
            for parameters in _standing(numbers):
                self._connected().execute(_NAMED.sub(r"%(\1)s", _STAND_FOR).encode(), parameters)

    def _connected(self) -> postgres.Connection:
        if self._connection is not None and self._is_over(self._connection):
            self.close()
        if self._connection is None:
            # A row's time is written without a zone: it is UTC, whatever zone the server is set to.
            options = f"{postgres.STATEMENTS} -c timezone=UTC"
            self._connection = postgres.Connection.connect(self._url, options=options)
        return self._connection

    @staticmethod
    def _is_over(connection: postgres.Connection) -> bool:
        """Whether the server hung up between two batches, as it does when it is started anew."""
        is_idle = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        return connection.closed or (is_idle and connection.is_stale)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
