"""What Halo stands on and is away for now, told from what is broken for good: a fault of the first kind is answered 503
with the time to come back, and is one line in the log."""

from __future__ import annotations

import errno
import logging
import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from halo.ground.counters import Unusable
from halo.ground.database.postgres import is_broken
from halo.ground.errors import Busy
from halo.ground.limits import OUTAGE_RETRY_SECONDS

FAULTS = (SQLAlchemyError, psycopg.Error, sqlite3.Error)
"""What a question to the database raises where it fails: by a session, or by a raw read
(`halo.ground.database.quick`)."""
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})
_SQLITE = {
    sqlite3.SQLITE_FULL: "The disk is full.",
    sqlite3.SQLITE_BUSY: "The database is busy.",
    sqlite3.SQLITE_LOCKED: "The database is busy.",
    sqlite3.SQLITE_IOERR: "The disk cannot be read or written.",
    sqlite3.SQLITE_CANTOPEN: "The database cannot be opened.",
    sqlite3.SQLITE_READONLY: "The database cannot be written.",
    sqlite3.SQLITE_PROTOCOL: "The database is busy.",
}
"""Of SQLite's errors those that pass; any other is a statement of ours that is wrong."""
_POSTGRES = {
    "08": "The database does not answer.",
    "53": "The database has no room.",
    "40": "The database is busy.",
    "55P03": "The database is busy.",
    "57014": "The database took too long.",
    "57P": "The database does not answer.",
    "25006": "The database cannot be written.",
    "58": "The disk of the database cannot be read or written.",
}
"""The same of PostgreSQL's, by how their codes begin (postgresql.org/docs, "Error Codes")."""


class Unavailable(Busy):
    """Something that Halo stands on is away for now."""

    word = "unavailable"


def seen_in(problem: BaseException) -> Unavailable | None:
    """The fault as one that passes; None for any other."""
    said = _sentence(problem.orig if isinstance(problem, DBAPIError) and problem.orig else problem)
    return Unavailable(said, OUTAGE_RETRY_SECONDS) if said else None


def _sentence(problem: BaseException) -> str | None:
    if isinstance(problem, PoolTimeout):
        return "The database is busy."
    if isinstance(problem, sqlite3.Error):
        return _SQLITE.get(getattr(problem, "sqlite_errorcode", 0) & 0xFF)
    if isinstance(problem, psycopg.Error):
        return _of_postgres(problem)
    if isinstance(problem, OSError) and problem.errno in _DISK:
        return "The disk is full."
    if isinstance(problem, Unusable):
        return "Limits cannot be counted now."
    return None


def _of_postgres(problem: psycopg.Error) -> str | None:
    if isinstance(problem, (psycopg.OperationalError, psycopg.InterfaceError)) and is_broken(problem):
        return "The database does not answer."
    code = problem.sqlstate or ""
    return next((said for begin, said in _POSTGRES.items() if code.startswith(begin)), None)


def say(log: logging.Logger, what: str, problem: BaseException) -> None:
    """Log a fault: one line for one that passes, a traceback for any other."""
    away = seen_in(problem)
    if away is None:
        log.error(what, exc_info=problem)
    else:
        log.warning("%s: %s (%s)", what, away.message, type(problem).__name__)
