"""Copies of the SQLite database that can be trusted, taken while Halo serves, and put back.

A plain copy of the file of a running Halo is torn: its newest pages stand in the write-ahead log beside it. SQLite's
own backup copies a state that was committed as a whole, and starts again where a writer comes between.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from halo.ground.database import migrate
from halo.ground.errors import Mistake

PAGES = 4096
"""Copied in one step, between which writers go on."""
PAUSE_SECONDS = 0.01
WAIT_SECONDS = 5.0
"""For a lock that somebody holds."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A whole database in a file."""

    size: int
    """Bytes."""
    revision: str
    """The revision of the schema that it stands at."""


def save(database: Path, to: Path) -> Copy:
    """Copy the database as it is now into a new file, check it, and only then give it its name.

    Raises `Mistake` where the file is there already, or the database is not whole.
    """
    if not database.exists():
        raise Mistake("database", f"There is no database at {database}; is HALO_INSTANCE the folder of your Halo?")
    if to.exists():
        raise Mistake("file", f"{to} is there already; name a file that is not.")
    with _unfinished(to) as partial:
        with _opened(database) as source, _opened(partial) as target:
            source.backup(target, pages=PAGES, sleep=PAUSE_SECONDS)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, that is whole without others beside it
        copy = examine(partial)
        partial.replace(to)
    return copy


def restore(copy: Path, database: Path) -> Path | None:
    """Put a copy in the database's place; what stood there is kept beside it, under the name that is returned.

    Raises `Mistake` where the copy is not whole or of a newer release, or somebody has the database open.
    """
    found = examine(copy)
    if found.revision != migrate.head() and found.revision not in migrate.below(migrate.head()):
        raise Mistake("file", f"{copy} is at revision {found.revision}, which this release does not know: use a newer.")
    database.parent.mkdir(parents=True, exist_ok=True)
    with _unfinished(database) as partial:
        with _opened(copy) as source, _opened(partial) as target:
            source.backup(target)
        kept = _set_aside(database) if database.exists() else None
        partial.replace(database)
    return kept


def examine(path: Path) -> Copy:
    """What the file holds; raises `Mistake` where it is no whole database of Halo."""
    if not path.is_file():
        raise Mistake("file", f"There is no file {path}.")
    try:
        with _opened(path) as connection:
            said = is_whole(connection)
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError:
        raise Mistake("file", f"{path} is no database of Halo, or it is torn.") from None
    if said is not None or row is None:
        raise Mistake("file", f"{path} is damaged: {said or 'it holds no revision'}.")
    return Copy(path.stat().st_size, str(row[0]))


def is_whole(connection: sqlite3.Connection) -> str | None:
    """None for a database in which every page and index is as it should be; else the first thing that is not."""
    said = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    return None if said == "ok" else said


def _set_aside(database: Path) -> Path:
    try:
        with _opened(database, wait=0) as connection:
            # With the lock of the whole file nobody else has it open, and what the log holds goes into the file.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError:
        raise Mistake("database", f"{database} is in use: stop Halo first.") from None
    except sqlite3.DatabaseError:
        pass  # it is torn, which is why a copy is put back
    kept = database.with_name(f"{database.name}.until-{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%SZ}")
    database.replace(kept)
    for beside in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            database.with_name(database.name + beside).replace(kept.with_name(kept.name + beside))
    return kept


@contextlib.contextmanager
def _opened(path: Path, wait: float = WAIT_SECONDS) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=wait)
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A name beside the file for what is not finished; only its owner reads it, and a failure leaves nothing."""
    partial = path.with_name(f".{path.name}.unfinished-{os.getpid()}")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield partial
    except OSError as problem:
        raise Mistake("file", f"{path} cannot be written: {problem.strerror}.") from None
    finally:
        for beside in ("", "-wal", "-shm", "-journal"):
            partial.with_name(partial.name + beside).unlink(missing_ok=True)
