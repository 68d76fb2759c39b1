"""How a value is written in the rows of a workspace, whatever its case: the database compares only what stands there.

Of a column with few values all are folded and compared; of names those that the full-text index finds.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from halo.contacts.records import terms
from halo.contacts.records.ranking import Index
from halo.contacts.records.visible import Reader
from halo.ground.text.folding import domain, is_same, wire_host

Column = InstrumentedAttribute[Any]


def values(reader: Reader, column: Column, value: str) -> list[str]:
    """The spellings of a value that the column holds, for columns with few different ones."""
    model: Any = column.class_
    stored = reader.rows(model, select(column).where(column.is_not(None)).distinct())
    return [row[0] for row in stored if is_same(row[0], value)]


def names(reader: Reader, kind: str, column: Column, name: str) -> list[str]:
    """The spellings of a name that the column holds, for records of this kind of the full-text index."""
    words = terms.read(name).words
    if not words:
        return [name]
    found = Index(reader.connection, kind, reader.workspace_id, reads_notes=False).all_of(words)
    model: Any = column.class_
    stored = reader.rows(model, select(column).where(model.id.in_(found)).distinct(), keyed=True)
    return [row[0] for row in stored if is_same(row[0], name)]


def domains(text: str) -> list[str]:
    """The spellings of a domain: as people read it and as the name system knows it."""
    return list(dict.fromkeys((domain(text), wire_host(domain(text)), text.lower().removeprefix("www."))))
