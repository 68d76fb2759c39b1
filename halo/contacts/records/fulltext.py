"""Full-text search over contacts: one row of terms for each record, which both databases index alike.

For whoever builds a schema: after the tables exist call `create(connection)` (Alembic: `create(op.get_bind())`, tests
after `create_all`); before they go call `drop(connection)`. Everything made here is named `fts_...`: leave those names
out of comparisons of models with the database. SQLite drops a table's triggers when a batch migration rebuilds it, so
such a migration calls `create` again.

Triggers notice every change of a record, whoever writes it, and mark its row of `search_texts` as due. `catch_up`
writes the terms of what is due before a change commits (`halo.ground.database.derived`), and after a migration. The
terms are made by `halo.contacts.records.terms`, never by a database: SQLite indexes them by an FTS5 table that cuts at
spaces only, PostgreSQL by a GIN index over a vector of the same words; the cost of the function that makes it keeps the
planner from making it for every row. Bulk writers use `paused`.

A term stands alone for a word of the record, behind `HEAD` for one of its title or its names, behind `NOTE` for one
that only internal notes hold, and behind `SCOPE` for the workspace and the kind.
"""
# ruff: noqa: S608 - every name in these statements is a constant of this file

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

from halo.contacts.models import (
    Company,
    Conversation,
    ConversationMessage,
    EndUser,
    Lead,
    SearchText,
    Ticket,
    TicketMessage,
)
from halo.contacts.records.terms import terms_of
from halo.contacts.vocabulary import MessageKind
from halo.ground.database.derived import before_commit
from halo.ground.text.folding import host, wire_host

LONGEST = 100_000
"""Characters of one record that are searched; PostgreSQL refuses a vector of a megabyte."""
BATCH = 200
"""Records whose terms are written at a time."""
HEAD, NOTE, SCOPE = "\u00b7", "\u00ac", "\u00a7"
"""Signs that stand in no word, and that FTS5 takes for letters."""

_Column = InstrumentedAttribute[Any]


@dataclass(frozen=True)
class _Source:
    """How the terms of one kind of record are put together."""

    kind: str
    model: Any
    head: tuple[_Column, ...]
    hosts: tuple[_Column, ...] = ()
    """Addresses and domains: found by both spellings of their host."""
    parties: bool = False
    """Whether names of its end user and company belong to it, as they are when the terms are written."""
    messages: Any = None
    key: str = ""
    """Column of a message that names the record."""
    said: tuple[_Column, ...] = ()
    """What counts as much as a message."""

    @property
    def table(self) -> str:
        return str(self.model.__tablename__)

    def occasions(self) -> Iterator[tuple[str, str, str, str]]:
        """(trigger, when, table, column with the record's id)."""
        watched = [column.key for column in (*self.head, *self.hosts, *self.said)]
        watched += ["end_user_id", "company_id"] if self.parties else []
        yield f"fts_{self.table}_new", "INSERT", self.table, "id"
        yield f"fts_{self.table}_changed", f"UPDATE OF {', '.join(watched)}", self.table, "id"
        if self.messages is not None:
            child = self.messages.__tablename__
            yield f"fts_{child}_new", "INSERT", child, self.key
            yield f"fts_{child}_changed", "UPDATE OF body", child, self.key

    def mark(self, where: str) -> str:
        """The statement that marks records as due."""
        return (
            "INSERT INTO search_texts (workspace_id, kind, record_id, text, is_due) "
            f"SELECT r.workspace_id, '{self.kind}', r.id, '', true FROM {self.table} r WHERE {where} "
            f"ON CONFLICT (record_id) DO UPDATE SET is_due = true"
        )


SOURCES = (
    _Source("end_user", EndUser, (EndUser.name, EndUser.external_id, EndUser.phone), (EndUser.email,)),
    _Source("company", Company, (Company.name, Company.external_id, Company.industry), (Company.domain,)),
    _Source("lead", Lead, (Lead.name, Lead.company_name), (Lead.email, Lead.domain)),
    _Source("ticket", Ticket, (Ticket.subject, Ticket.category), parties=True, messages=TicketMessage, key="ticket_id"),
    _Source(
        "conversation",
        Conversation,
        (Conversation.title,),
        parties=True,
        messages=ConversationMessage,
        key="conversation_id",
        said=(Conversation.summary,),
    ),
)
_BY_KIND = {source.kind: source for source in SOURCES}

_SQLITE = (
    (
        "CREATE VIRTUAL TABLE IF NOT EXISTS fts_texts USING fts5(text, content='search_texts', content_rowid='id', "
        "tokenize='ascii', detail='none', columnsize='0')"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS fts_texts_new AFTER INSERT ON search_texts BEGIN "
        "INSERT INTO fts_texts (rowid, text) VALUES (new.id, new.text); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS fts_texts_gone AFTER DELETE ON search_texts BEGIN "
        "INSERT INTO fts_texts (fts_texts, rowid, text) VALUES ('delete', old.id, old.text); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS fts_texts_changed AFTER UPDATE OF text ON search_texts BEGIN "
        "INSERT INTO fts_texts (fts_texts, rowid, text) VALUES ('delete', old.id, old.text); "
        "INSERT INTO fts_texts (rowid, text) VALUES (new.id, new.text); END"
    ),
)
VECTOR = "fts_vector(search_texts.text)"
_POSTGRESQL = (
    (
        "CREATE OR REPLACE FUNCTION fts_vector(terms text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE "
        "COST 5000 AS $f$ BEGIN RETURN array_to_tsvector(array_remove(string_to_array(terms, ' '), '')); END $f$"
    ),
    f"CREATE INDEX IF NOT EXISTS fts_texts ON search_texts USING gin ({VECTOR}) WITH (fastupdate = off)",
    (
        "CREATE OR REPLACE FUNCTION fts_refresh() RETURNS trigger LANGUAGE plpgsql AS $f$ "
        "BEGIN EXECUTE TG_ARGV[0] USING to_jsonb(NEW) ->> TG_ARGV[1]; RETURN NULL; END $f$"
    ),
    (
        "CREATE OR REPLACE FUNCTION fts_forget() RETURNS trigger LANGUAGE plpgsql AS $f$ "
        "BEGIN DELETE FROM search_texts WHERE record_id = OLD.id; RETURN NULL; END $f$"
    ),
)


def scope(kind: str, workspace_id: str) -> str:
    """The term that every record of this kind in this workspace has."""
    return f"{SCOPE}{kind.replace('_', '')}{workspace_id.replace('-', '')}"


def catch_up(connection: Connection) -> None:
    """Write the terms of every record that is due."""
    due = (
        select(SearchText.id, SearchText.kind, SearchText.record_id, SearchText.workspace_id)
        .where(SearchText.is_due)
        .order_by(SearchText.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    write = (
        update(SearchText)
        .where(SearchText.id == bindparam("at"))
        .values(text=bindparam("terms"), is_due=False)
        .execution_options(synchronize_session=False)
    )
    while rows := connection.execute(due).all():
        told: dict[str, str] = {}
        for kind in {row.kind for row in rows}:
            told |= _terms(connection, _BY_KIND[kind], [row.record_id for row in rows if row.kind == kind])
        kept = [
            {"at": row.id, "terms": f"{scope(row.kind, row.workspace_id)} {told.get(row.record_id, '')}".strip()}
            for row in rows
        ]
        connection.execute(write, kept)


before_commit(catch_up)


def create(connection: Connection) -> None:
    """Make what full-text search needs; harmless where it exists."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(_escaped(connection, statement))
    _watch(connection)


def drop(connection: Connection) -> None:
    """Take away what `create` made; the rows of `search_texts` stay."""
    _unwatch(connection)
    if connection.dialect.name == "sqlite":
        for name in ("new", "gone", "changed"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS fts_texts_{name}")
        connection.exec_driver_sql("DROP TABLE IF EXISTS fts_texts")
        return
    connection.exec_driver_sql("DROP INDEX IF EXISTS fts_texts")
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS fts_vector(text)")
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS fts_refresh()")
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS fts_forget()")


@contextlib.contextmanager
def paused(connection: Connection) -> Iterator[None]:
    """For bulk writing: no triggers inside, and at the end the terms of every record that has none yet."""
    _unwatch(connection)
    yield
    sqlite = connection.dialect.name == "sqlite"
    kept = ("TRIGGER fts_texts_new", "TRIGGER fts_texts_changed") if sqlite else ("INDEX fts_texts",)
    for each in kept:  # what would follow every row; `create` makes it again
        connection.exec_driver_sql(f"DROP {each}")
    for source in SOURCES:
        missing = "NOT EXISTS (SELECT 1 FROM search_texts s WHERE s.record_id = r.id)"
        connection.exec_driver_sql(_escaped(connection, source.mark(missing)))
    catch_up(connection)
    create(connection)
    if sqlite:
        connection.exec_driver_sql("INSERT INTO fts_texts (fts_texts) VALUES ('rebuild')")


def _terms(connection: Connection, source: _Source, ids: Sequence[str]) -> dict[str, str]:
    """By record, its terms in a line."""
    model = source.model
    names = [EndUser.name, Company.name] if source.parties else []
    columns = [*source.head, *source.hosts, *names, *source.said]
    asked = select(model.id, *(column.label(f"c{at}") for at, column in enumerate(columns))).where(model.id.in_(ids))
    if source.parties:
        asked = asked.outerjoin(EndUser, EndUser.id == model.end_user_id)
        asked = asked.outerjoin(Company, Company.id == model.company_id)
    heads = {row[0]: row for row in connection.execute(asked)}
    said, noted = _said(connection, source, ids)
    return {
        identity: _line(
            _head(source, row), f"{_summed_up(source, row)} {said.get(identity, '')}", noted.get(identity, "")
        )
        for identity, row in heads.items()
    }


def _head(source: _Source, row: Row[Any]) -> str:
    first = 1 + len(source.head)
    hosts = range(first, first + len(source.hosts))
    told = list(enumerate(row))[1 : len(row) - len(source.said)]
    return " ".join(_spellings(text) if at in hosts else text for at, text in told if text)


def _summed_up(source: _Source, row: Row[Any]) -> str:
    return " ".join(text for text in row[len(row) - len(source.said) :] if text)


def _spellings(address: str) -> str:
    """An address or a domain as it stands, and with its host in both spellings."""
    where = address.rpartition("@")[2]
    return " ".join(dict.fromkeys((address, host(where), wire_host(where))))


def _said(connection: Connection, source: _Source, ids: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """By record, what its messages say, and what its internal notes say."""
    said: dict[str, str] = {}
    noted: dict[str, str] = {}
    if source.messages is None:
        return said, noted
    message = source.messages
    key = getattr(message, source.key)
    columns = (key, message.body, *([message.kind] if message is TicketMessage else []))
    for row in connection.execute(select(*columns).where(key.in_(ids)).order_by(key, message.position)):
        kept = noted if MessageKind.NOTE.value in row[2:] else said
        if len(before := kept.get(row[0], "")) < LONGEST:
            kept[row[0]] = f"{before} {row[1]}"[:LONGEST]
    return said, noted


def _line(head: str, said: str, noted: str) -> str:
    heads = dict.fromkeys(terms_of(head))
    bodies = dict.fromkeys((*heads, *terms_of(said)))
    notes = [term for term in dict.fromkeys(terms_of(noted)) if term not in bodies]
    return " ".join((*bodies, *(HEAD + term for term in heads), *(NOTE + term for term in notes)))


def _watch(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    for source in SOURCES:
        for name, when, where, key in source.occasions():
            if sqlite:
                act = source.mark(f"r.id = new.{key}")
                statement = f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {when} ON {where} BEGIN {act}; END"
            else:
                act = source.mark("r.id = $1").replace("'", "''")
                call = f"EXECUTE FUNCTION fts_refresh('{act}', '{key}')"
                statement = f"CREATE OR REPLACE TRIGGER {name} AFTER {when} ON {where} FOR EACH ROW {call}"
            connection.exec_driver_sql(_escaped(connection, statement))
        gone = f"fts_{source.table}_gone AFTER DELETE ON {source.table}"
        connection.exec_driver_sql(
            f"CREATE TRIGGER IF NOT EXISTS {gone} BEGIN DELETE FROM search_texts WHERE record_id = old.id; END"
            if sqlite
            else f"CREATE OR REPLACE TRIGGER {gone} FOR EACH ROW EXECUTE FUNCTION fts_forget()"
        )


def _unwatch(connection: Connection) -> None:
    for source in SOURCES:
        names = [(name, where) for name, _, where, _ in source.occasions()]
        for name, where in [*names, (f"fts_{source.table}_gone", source.table)]:
            on = "" if connection.dialect.name == "sqlite" else f" ON {where}"
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{on}")


def _escaped(connection: Connection, statement: str) -> str:
    return statement.replace("%", "%%") if connection.dialect.paramstyle in ("format", "pyformat") else statement
