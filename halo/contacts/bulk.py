"""Writing many rows at once, past the ORM: `executemany` into SQLite, `COPY` into PostgreSQL."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.engine import Connection

from halo.contacts.models import (
    Company,
    Conversation,
    ConversationMessage,
    EndUser,
    Lead,
    SdkEvent,
    Ticket,
    TicketMessage,
)
from halo.contacts.models.shared import Record
from halo.contacts.records import fulltext
from halo.ground.database import db, one_change

Row = dict[str, Any]
KINDS: dict[str, type[Record]] = {
    "company": Company,
    "end_user": EndUser,
    "lead": Lead,
    "conversation": Conversation,
    "conversation_message": ConversationMessage,
    "ticket": Ticket,
    "ticket_message": TicketMessage,
    "event": SdkEvent,
}
"""Name -> table; whatever a row refers to stands before it."""


def write(rows: Mapping[str, Sequence[Row]], *, is_much: bool) -> int:
    """Write the rows of each kind in one change; says how many there were.

    Where it is much, full-text search is rebuilt once at the end instead of being kept row by row.
    """
    with one_change() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # building the index anew takes its time
        with fulltext.paused(connection) if is_much else contextlib.nullcontext():
            for kind, model in KINDS.items():
                if found := rows.get(kind):
                    _table(connection, model, found)
    return sum(len(found) for found in rows.values())


def is_blank(workspace_ids: Iterable[str]) -> bool:
    """Whether none of these workspaces has a customer yet."""
    known = select(Company.id).where(Company.workspace_id.in_(list(workspace_ids))).limit(1)
    return db.session.scalar(known) is None


def _table(connection: Connection, model: type[Record], rows: Sequence[Row]) -> None:
    table = model.__table__  # type: ignore[attr-defined]
    attributes = {property_.columns[0].name: property_.key for property_ in model.__mapper__.column_attrs}  # type: ignore[attr-defined]
    columns = [column.name for column in table.columns]
    keys = [attributes[name] for name in columns]
    blanks = ["{}" if name in ("custom_fields", "context", "metadata") else None for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        driver.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', _values(rows, keys, blanks, ""))  # noqa: S608
        return
    with driver.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for values in _values(rows, keys, blanks, "+00"):
            copy.write_row(values)


def _values(rows: Sequence[Row], keys: Sequence[str], blanks: Sequence[Any], zone: str) -> Iterator[list[Any]]:
    """The rows as both databases keep them: moments as UTC text, open shapes as JSON."""
    for row in rows:
        values = [row.get(key, blank) for key, blank in zip(keys, blanks, strict=True)]
        for at, value in enumerate(values):
            kind = type(value)
            if kind is datetime.datetime:
                values[at] = value.replace(tzinfo=None).isoformat(" ", "microseconds") + zone
            elif kind is datetime.date:
                values[at] = value.isoformat()
            elif kind is dict:
                values[at] = orjson.dumps(value).decode()
        yield values
