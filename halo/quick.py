"""Raw reads for the call path: a Core statement, compiled once, run on a connection that stays with its thread.

SQLAlchemy's execution costs more than SQLite's own work on a point read, so the statements that every MCP call runs
are `Prepared`: still written in Core, their result values still processed by the column types, but run in autocommit
without a session. Reads only; writing is `halo.database.one_change` and `halo.audit.writer`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.engine.interfaces import BindTyping

from halo.database import db, prepare_sqlite

Row = tuple[Any, ...]
_local = threading.local()
_pools: dict[str, ConnectionPool[psycopg.Connection[Row]]] = {}
_pools_lock = threading.Lock()


class Prepared:
    """A `select` whose SQL is compiled once per dialect; bind parameters are given by name to `rows` and `first`."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...], dict[str, Any], list[_Process | None]]] = {}

    def rows(self, **parameters: Any) -> list[Row]:
        """Every row, as tuples in the order of the statement's columns."""
        engine = db.engine
        sql, order, defaults, processors = self._for(engine.dialect.name)
        values = [parameters[name] if name in parameters else defaults[name] for name in order]
        found = _run(engine, sql, values)
        busy = [(at, process) for at, process in enumerate(processors) if process is not None]
        return [_processed(row, busy) for row in found] if busy else found

    def first(self, **parameters: Any) -> Row | None:
        """The first row, or None."""
        found = self.rows(**parameters)
        return found[0] if found else None

    def _for(self, dialect_name: str) -> tuple[str, tuple[str, ...], dict[str, Any], list[_Process | None]]:
        known = self._compiled.get(dialect_name)
        if known is None:
            known = self._compiled[dialect_name] = self._compile(_dialect(dialect_name))
        return known

    def _compile(self, dialect: Dialect) -> tuple[str, tuple[str, ...], dict[str, Any], list[_Process | None]]:
        compiled = self._statement.compile(dialect=dialect)
        processors = [
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self._statement.selected_columns
        ]
        return str(compiled), tuple(compiled.positiontup or ()), dict(compiled.params), processors


_Process = Callable[[Any], Any]


def _dialect(name: str) -> Dialect:
    if name == "sqlite":
        return SQLiteDialect_pysqlite(paramstyle="qmark")
    dialect = PGDialect_psycopg(paramstyle="format")
    dialect.bind_typing = BindTyping.RENDER_CASTS
    return dialect


def _processed(row: Row, busy: Sequence[tuple[int, _Process]]) -> Row:
    values = list(row)
    for at, process in busy:
        values[at] = process(values[at])
    return tuple(values)


def _run(engine: Engine, sql: str, values: list[Any]) -> list[Row]:
    if engine.dialect.name == "sqlite":
        return _sqlite(str(engine.url.database)).execute(sql, values).fetchall()
    with _pool(engine).connection() as connection:
        return connection.execute(sql, values, prepare=True).fetchall()  # type: ignore[arg-type]


def _sqlite(path: str) -> sqlite3.Connection:
    if getattr(_local, "path", None) != path:
        _local.connection = sqlite3.connect(path, check_same_thread=False)
        _local.path = path
        prepare_sqlite(_local.connection)
    connection: sqlite3.Connection = _local.connection
    return connection


def _pool(engine: Engine) -> ConnectionPool[psycopg.Connection[Row]]:
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    pool = _pools.get(url)
    if pool is None:
        with _pools_lock:
            pool = _pools.get(url)
            if pool is None:
                pool = ConnectionPool(url, min_size=1, max_size=32, kwargs={"autocommit": True}, open=True)
                _pools[url] = pool
    return pool


def close() -> None:
    """Give up the pools (tests drop databases; a worker ends)."""
    with _pools_lock:
        for pool in _pools.values():
            pool.close()
        _pools.clear()
    _local.__dict__.clear()
