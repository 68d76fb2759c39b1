"""What follows from rows and stands in other rows: written at the end of every change, and after a migration."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.engine import Connection

_writers: list[Callable[[Connection], None]] = []


def before_commit(write: Callable[[Connection], None]) -> None:
    """Let `write` write what follows from a change; it has nothing to do where nothing does."""
    _writers.append(write)


def write(connection: Connection) -> None:
    """Write whatever follows from rows that have changed."""
    for each in _writers:
        each(connection)
