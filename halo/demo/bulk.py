"""Writing many rows at once, past the ORM: `executemany` into SQLite, `COPY` into PostgreSQL."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
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
from halo.demo.world import Row

ORDER: tuple[type[Record], ...] = (
    Company, EndUser, Lead, Conversation, ConversationMessage, Ticket, TicketMessage, SdkEvent,
)  # fmt: skip
"""Whatever a row refers to stands before it."""


def write(connection: Connection, rows: Mapping[type[Record], Sequence[Row]]) -> int:
    """Write the rows inside the connection's transaction; says how many there were."""
    for model in ORDER:
        if found := rows.get(model):
            _table(connection, model, found)
    return sum(len(found) for found in rows.values())


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
