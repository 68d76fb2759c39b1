"""Sealing anew, with the newest key, whatever an earlier one sealed: then the earlier one can go.

Which columns those are, they say themselves (`vault.SEALED`). A value is written only where the one that was read still
stands, some at a time, so that a server that runs beside loses nothing and waits for little; whoever is interrupted
begins again and finds the rest. While another process still seals with the earlier key, another run finds that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Column, Table, select, update

from halo.ground import vault
from halo.ground.database import Base, db, give_back, one_change
from halo.ground.errors import HaloError

AT_A_TIME = 200
"""Rows: some milliseconds of the write lock."""


@dataclass(slots=True)
class Resealed:
    """What became of one column."""

    column: str
    """As `table.column`."""
    held: int = 0
    """Secrets that stand in it."""
    renewed: int = 0
    unreadable: list[str] = field(default_factory=list)
    """Keys of rows that no key of this instance opens."""


def columns() -> list[Column[str]]:
    """Every column that holds something sealed, by table and name."""
    found = [column for table in Base.metadata.sorted_tables for column in table.columns if column.info.get("sealed")]
    return sorted(found, key=str)


def rotate() -> Iterator[Resealed]:
    """Seal anew column by column; what became of each."""
    for column in columns():
        told = Resealed(str(column))
        after = ""
        while rows := _some(column, after):
            after = rows[-1][0]
            _renew(column, rows, told)
        yield told


def _some(column: Column[str], after: str) -> list[tuple[str, str]]:
    key = key_of(column.table)
    wanted = select(key, column).where(key > after, column.is_not(None), column != "").order_by(key).limit(AT_A_TIME)
    found = [(str(row[0]), str(row[1])) for row in db.session.execute(wanted)]
    give_back()
    return found


def key_of(table: Table) -> Column[str]:
    """The column that names a row of the table."""
    (key,) = table.primary_key.columns
    return key


def _renew(column: Column[str], rows: list[tuple[str, str]], told: Resealed) -> None:
    keys, key = vault.current(), key_of(column.table)
    renewed: dict[str, tuple[str, str]] = {}
    for name, sealed in rows:
        told.held += 1
        if keys.is_newest(sealed):
            continue
        try:
            renewed[name] = sealed, keys.resealed(sealed)
        except HaloError:
            told.unreadable.append(name)
    if not renewed:
        return
    with one_change() as session:
        for name, (old, new) in renewed.items():
            done = session.execute(update(column.table).where(key == name, column == old).values({column: new}))
            told.renewed += done.rowcount  # type: ignore[attr-defined]
