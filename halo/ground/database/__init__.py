"""The database: one engine, one commit site, one write lock, and raw reads for the call path.

SQLite (WAL) or PostgreSQL, whichever `DATABASE_URL` names. Writers of one machine queue on `write_lock` so that
SQLite's own lock, whose waiting is a sleep loop, never decides latency. `one_change` is the only place that commits.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import psycopg
import uuid_utils
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, ForeignKey, MetaData, String, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column, registry
from sqlalchemy.types import TypeDecorator

from halo.ground.database import derived, postgres
from halo.ground.database.lasting import LastingSession
from halo.ground.errors import TooSlow
from halo.ground.limits import EXPORTS_AT_ONCE, waiting_room
from halo.ground.settings import Settings
from halo.ground.text import spellings

STEPS = 200_000
"""Of SQLite's machine between two looks at the clock: some milliseconds."""
KEPT = 8
"""Connections of a process that stay open while nothing is asked; what a burst needs beyond them closes after it."""
SPARE = 8
"""Connections for threads that answer no request: what works in the background, and commands."""
BUSY_SECONDS = 15
"""How long a writer waits for another before it gives up."""


def new_id() -> str:
    """A new UUIDv7 as 36 characters: sorts by time of creation."""
    return str(uuid_utils.uuid7())


def now() -> datetime.datetime:
    """This moment, aware, in UTC."""
    return datetime.datetime.now(datetime.UTC)


class UtcDateTime(TypeDecorator[datetime.datetime]):
    """An aware moment; stored in UTC, read back aware, also from SQLite, which knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time has no place in the database")
        value = value.astimezone(datetime.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(
        self,
        value: datetime.datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime.datetime | None:
        return None if value is None else value.astimezone(datetime.UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """On SQLite straight from the stored text: there are several moments in every row."""
        return _of_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _of_text(value: str | None) -> datetime.datetime | None:
    return None if value is None else datetime.datetime.fromisoformat(f"{value}+00:00")


Json = JSON().with_variant(JSONB(), "postgresql")
"""An open shape."""

Id = Annotated[str, mapped_column(String(36))]
"""A UUIDv7 as text."""


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime.datetime: UtcDateTime,
            dict[str, Any]: Json,
            list[str]: Json,
            list[Any]: Json,
        },
    )


db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False, "class_": LastingSession},
    engine_options={"pool_pre_ping": False},
)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


class WorkspaceOwned:
    """A row that belongs to one workspace; load it through the workspace, never by id alone."""

    @declared_attr
    def workspace_id(cls) -> Mapped[str]:  # noqa: N805 - SQLAlchemy passes the class
        return mapped_column(String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), index=True)


class WriteLock:
    """One writer at a time: among the threads of a process by a lock, among processes by `flock` on a file."""

    def __init__(self, path: Path | None) -> None:
        self._thread = threading.RLock()
        self._path = path
        self._file: int | None = None
        self._pid = 0
        self._depth = 0

    def __enter__(self) -> None:
        self._thread.acquire()
        self._depth += 1
        if self._path is not None and self._depth == 1:
            if self._file is None or self._pid != os.getpid():
                self._file, self._pid = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), os.getpid()
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        if self._path is not None and self._depth == 1 and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._depth -= 1
        self._thread.release()


_write_locks: dict[str, WriteLock] = {}
"""Of files, not of apps: two apps on one file queue on one lock."""
_change: ContextVar[list[Callable[[], None]] | None] = ContextVar("change", default=None)
"""The change under way, as what is to be done once it is durable."""
_until: ContextVar[float | None] = ContextVar("until", default=None)
"""When the time that `within` allowed is over, by the clock that counts from nowhere."""


def write_lock(engine: Engine) -> contextlib.AbstractContextManager[None]:
    """The lock that every writer of this database takes; nothing on PostgreSQL, which has row locks."""
    if engine.dialect.name != "sqlite":
        return contextlib.nullcontext()
    path = f"{engine.url.database}.lock"
    return _write_locks.setdefault(path, WriteLock(Path(path)))


def init_app(app: Flask, settings: Settings) -> None:
    """Bind the engine to the app and set SQLite up."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.sqlalchemy_url
    if settings.sqlalchemy_url.startswith("sqlite"):
        settings.instance.mkdir(parents=True, exist_ok=True)
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _pool(settings) | {"connect_args": {"timeout": BUSY_SECONDS}}
    else:
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _pool(settings) | {
            "pool_pre_ping": True,
            "pool_timeout": postgres.WAIT_SECONDS,
            "connect_args": {"options": postgres.STATEMENTS},
        }
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", check_time)
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", prepare_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)
        else:
            event.listen(db.engine, "do_connect", _connect_postgres)


def _pool(settings: Settings) -> dict[str, Any]:
    """A connection for every thread that may ask for one, so that none waits for another to give its own back; no more
    than KEPT stay open."""
    threads = settings.threads + waiting_room(settings.threads) + EXPORTS_AT_ONCE
    return {
        "pool_size": KEPT,
        "max_overflow": threads + SPARE - KEPT,
        "hide_parameters": True,  # a failure is written to the log: its statement, not whose data it was about
    }


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Whatever is asked of the database inside ends after so many seconds, with `TooSlow`; sooner where what stands
    around it ends sooner.

    No statement begins after that. SQLite also looks at the clock while it works; PostgreSQL's server ends a statement
    by itself (`halo.ground.database.postgres`), so that there the last one that began in time may take as long again.
    """
    until, outer = time.monotonic() + seconds, _until.get()
    before = _until.set(until if outer is None else min(until, outer))
    try:
        yield
    except Exception as problem:
        if _was_ended(getattr(problem, "orig", problem)):
            raise TooSlow from problem
        raise
    finally:
        _until.reset(before)


@contextlib.contextmanager
def unhurried() -> Iterator[None]:
    """What is asked inside is no part of what `within` allows around it: a note of how something went whose time may
    be over."""
    before = _until.set(None)
    try:
        yield
    finally:
        _until.reset(before)


def insert_into(model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of this database's own kind, which can say what happens where the row is there already."""
    return (postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert)(model)


def check_time(*_: Any) -> None:
    """Raise `TooSlow` where the time that `within` allowed is over."""
    if _is_over():
        raise TooSlow


def _is_over() -> bool:
    until = _until.get()
    return until is not None and time.monotonic() > until


def _was_ended(problem: object) -> bool:
    if isinstance(problem, sqlite3.OperationalError):
        return problem.args == ("interrupted",)
    return isinstance(problem, psycopg.errors.QueryCanceled)


def prepare_sqlite(connection: Any, _record: Any = None) -> None:
    """What every SQLite connection of ours is set to."""
    connection.isolation_level = None
    connection.set_progress_handler(_is_over, STEPS)
    connection.create_function("halo_fits", 2, spellings.fits, deterministic=True)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "cache_size=-8000",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _connect_postgres(_dialect: object, _record: object, arguments: Any, options: Any) -> postgres.Connection:
    return postgres.Connection.connect(*arguments, **options)


def _begin_sqlite(connection: Connection) -> None:
    """A change takes SQLite's write lock at its start: upgrading a stale read in the middle would fail."""
    connection.exec_driver_sql("BEGIN" if _change.get() is None else "BEGIN IMMEDIATE")


@contextlib.contextmanager
def one_change() -> Iterator[Session]:
    """All or nothing: what happens inside is committed once at the end, or not at all.

    A change inside a change joins it. What was read before is read again, so that a decision inside rests on what is
    committed.
    """
    if _change.get() is not None:
        yield db.session()
        return
    after: list[Callable[[], None]] = []
    with write_lock(db.engine):
        db.session.rollback()
        db.session.expire_all()
        before = _change.set(after)
        try:
            yield db.session()
            db.session.flush()
            derived.write(db.session.connection())
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        finally:
            _change.reset(before)
    for act in after:
        act()


def after_commit(act: Callable[[], None]) -> None:
    """Run `act` once the surrounding change is durable; never if it is rolled back."""
    after = _change.get()
    if after is None:
        raise RuntimeError("after_commit belongs inside one_change")
    after.append(act)


def give_back() -> None:
    """End what was read here so far, and with it what failed: the connection is another's while this one works, and
    what comes next begins anew. Rows that are held are read again where they are asked."""
    outside_change()
    if db.session.registry.has():
        db.session.rollback()


def outside_change() -> None:
    """Raise RuntimeError where a change is under way: what writes on a line of its own would wait for it, in vain."""
    if _change.get() is not None:
        raise RuntimeError("a change is under way, which this would take back")


def is_ready() -> bool:
    """Whether the database answers; raises what it says instead, within two seconds."""
    if db.engine.dialect.name == "postgresql":
        watch = postgres.watch_of(postgres_url(db.engine))
        watch.demand()
        watch.attend()
    db.session.execute(text("SELECT 1"))
    return True


def postgres_url(engine: Engine) -> str:
    """The address of the engine's database, as the driver takes it."""
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
