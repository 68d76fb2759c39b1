"""Raw reads for the call path: a Core statement, compiled once, run on a connection that stays with its thread.

SQLAlchemy's execution costs more than SQLite's own work on a point read, so the statements that every MCP call runs
are `Prepared`: still written in Core, their result values still processed by the column types, but run in autocommit
without a session. Reads only; writing is `halo.ground.database.one_change` and `halo.ledger.writer`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from sqlalchemy import Float, Select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.engine.interfaces import BindTyping

from halo.ground import settings
from halo.ground.database import SPARE, check_time, db, postgres_url, prepare_sqlite
from halo.ground.database.postgres import Pool
from halo.ground.limits import waiting_room
from halo.ground.per_app import PerApp

Row = tuple[Any, ...]
_Process = Callable[[Any], Any]
_Compiled = tuple[str, tuple[str, ...], dict[Any, Any], Sequence[tuple[int, _Process]]]
CACHE_KIB = 1024
"""SQLite's page cache of one request thread; there are many threads, and the operating system caches the file."""


class Prepared:
    """A `select` whose SQL is compiled once per dialect; bind parameters are given by name to `rows` and `first`."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, **parameters: Any) -> list[Row]:
        """Every row, as tuples in the order of the statement's columns."""
        engine = db.engine
        compiled = self._compiled.get(engine.dialect.name)
        if compiled is None:
            compiled = self._compiled[engine.dialect.name] = self._compile(_dialect(engine.dialect.name))
        sql, order, defaults, processors = compiled
        found = _run(engine, sql, [parameters.get(name, defaults[name]) for name in order])
        return [_processed(row, processors) for row in found] if processors else found

    def first(self, **parameters: Any) -> Row | None:
        """The first row, or None."""
        found = self.rows(**parameters)
        return found[0] if found else None

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled = self._statement.compile(dialect=dialect)
        processors = [
            (at, process)
            for at, column in enumerate(self._statement.selected_columns)
            if not isinstance(column.type, Float)  # both drivers give a float; psycopg's processor wants a type code
            and (process := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ]
        return str(compiled), tuple(compiled.positiontup or ()), dict(compiled.params), processors


def _dialect(name: str) -> Dialect:
    if name == "sqlite":
        return SQLiteDialect_pysqlite(paramstyle="qmark", json_deserializer=orjson.loads)
    dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
    dialect.bind_typing = BindTyping.RENDER_CASTS
    return dialect


def _processed(row: Row, processors: Sequence[tuple[int, _Process]]) -> Row:
    values = list(row)
    for at, process in processors:
        values[at] = process(values[at])
    return tuple(values)


def _run(engine: Engine, sql: str, values: list[Any]) -> list[Row]:
    check_time()
    if engine.dialect.name == "sqlite":
        return _sqlite(engine).execute(sql, values).fetchall()
    return _pool.get().rows(sql, values)


def _sqlite(engine: Engine) -> sqlite3.Connection:
    mine = _of_threads.get()
    connection: sqlite3.Connection | None = getattr(mine, "connection", None)
    if connection is None:
        connection = mine.connection = sqlite3.connect(str(engine.url.database), check_same_thread=False)
        prepare_sqlite(connection)
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    return connection


_of_threads: PerApp[threading.local] = PerApp(threading.local)
"""The connections of the threads. Not in a context variable, for they are no state of a request: whoever a thread works
for, its connection is open and between two statements."""


def _open_pool() -> Pool:
    threads = settings.current().threads
    return Pool(postgres_url(db.engine), most=threads + waiting_room(threads) + SPARE)


_pool = PerApp(_open_pool, end=Pool.close)


def connections() -> dict[str, int]:
    """How many connections of this process's pool are used and idle, and how many threads wait for one; empty for
    SQLite, where every thread has its own."""
    if db.engine.dialect.name == "sqlite":
        return {}
    said = _pool.get().get_stats()
    size, idle = said.get("pool_size", 0), said.get("pool_available", 0)
    return {"used": size - idle, "idle": idle, "waiting": said.get("requests_waiting", 0)}
