"""Full-text search over contacts: what the database keeps by itself, and how a query is asked.

For whoever builds a schema: after the tables exist call `create(connection)` (Alembic:
`create(op.get_bind())`, tests after `create_all`); before they go call `drop(connection)`. Everything made
here is named `fts_...`: leave those names out of comparisons of models with the database. SQLite drops a
table's triggers when a batch migration rebuilds it, so such a migration calls `create` again.

Triggers on the source tables keep one row of `search_texts` for each record. SQLite indexes that table by an
FTS5 table with external content, PostgreSQL by a GIN index over plain and English lexemes together (plain
ones so that a name like Will is no stop word). Bulk writers use `paused`, which rebuilds at the end.
"""
# ruff: noqa: S608 - every name in these statements is a constant of this file

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal_column, select, table
from sqlalchemy.engine import Connection

from halo.contacts.models import SearchText

LONGEST = 100_000
"""Characters of one record that are searched; PostgreSQL refuses a tsvector of a megabyte."""
MOST_WORDS = 12
_WORD = re.compile(r"[^\W_]+")
_FILLERS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do does for from has have how i in is it me my of on or our that the this "
        "to was we were what when where which who why with you your",
    )
)
_PUNCTUATION = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'


@dataclass(frozen=True)
class _Source:
    """How the text of one kind of record is put together; `r` is the record."""

    kind: str
    table: str
    columns: tuple[str, ...]
    messages: tuple[str, str] | None = None
    """The table of messages, and its column that names the record."""
    names: tuple[tuple[str, str], ...] = ()
    """Names of others that belong to the text, as they are when it is written: (table, column of the id)."""

    def words(self, dialect: str) -> str:
        own = " || ' ' || ".join(f"coalesce(r.{name}, '')" for name in self.columns)
        for other, key in self.names:
            own += f" || ' ' || coalesce((SELECT name FROM {other} WHERE id = r.{key}), '')"
        if self.messages is None:
            return own
        child, key = self.messages
        joined = "group_concat(m.body, ' ')" if dialect == "sqlite" else "string_agg(m.body, ' ' ORDER BY m.position)"
        messages = f"(SELECT * FROM {child} WHERE {key} = r.id ORDER BY position)"
        return f"substr({own} || ' ' || coalesce((SELECT {joined} FROM {messages} m), ''), 1, {LONGEST})"

    def refresh(self, dialect: str, where: str) -> str:
        return (
            "INSERT INTO search_texts (workspace_id, kind, record_id, text) "
            f"SELECT r.workspace_id, '{self.kind}', r.id, {self.words(dialect)} "
            f"FROM {self.table} r WHERE {where} "
            "ON CONFLICT (record_id) DO UPDATE SET text = excluded.text"
        )

    def occasions(self) -> Iterator[tuple[str, str, str, str]]:
        """(trigger, when, table, column with the record's id)."""
        yield f"fts_{self.table}_new", "INSERT", self.table, "id"
        yield f"fts_{self.table}_changed", f"UPDATE OF {', '.join(self.columns)}", self.table, "id"
        if self.messages is not None:
            child, key = self.messages
            yield f"fts_{child}_new", "INSERT", child, key
            yield f"fts_{child}_changed", "UPDATE OF body", child, key


_PARTIES = (("end_users", "end_user_id"), ("companies", "company_id"))
SOURCES = (
    _Source("end_user", "end_users", ("name", "email", "external_id", "phone")),
    _Source("company", "companies", ("name", "domain", "external_id", "industry")),
    _Source("lead", "leads", ("name", "email", "company_name", "domain")),
    _Source("ticket", "tickets", ("subject",), ("ticket_messages", "ticket_id"), _PARTIES),
    _Source(
        "conversation",
        "conversations",
        ("title", "summary"),
        ("conversation_messages", "conversation_id"),
        _PARTIES,
    ),
)

_SQLITE = (
    (
        "CREATE VIRTUAL TABLE IF NOT EXISTS fts_texts USING fts5(text, content='search_texts', "
        "content_rowid='id', tokenize='porter unicode61 remove_diacritics 2')"
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

_FLAT = f"translate(text, $p${_PUNCTUATION}$p$, repeat(' ', {len(_PUNCTUATION)}))"
_LEXEMES = f"(to_tsvector('simple'::regconfig, {_FLAT}) || to_tsvector('english'::regconfig, {_FLAT}))"
_POSTGRESQL = (
    f"CREATE INDEX IF NOT EXISTS fts_texts ON search_texts USING gin ({_LEXEMES})",
    (
        "CREATE OR REPLACE FUNCTION fts_refresh() RETURNS trigger LANGUAGE plpgsql AS $f$ "
        "BEGIN EXECUTE TG_ARGV[0] USING to_jsonb(NEW) ->> TG_ARGV[1]; RETURN NULL; END $f$"
    ),
    (
        "CREATE OR REPLACE FUNCTION fts_forget() RETURNS trigger LANGUAGE plpgsql AS $f$ "
        "BEGIN DELETE FROM search_texts WHERE record_id = OLD.id; RETURN NULL; END $f$"
    ),
)


def words_of(query: str) -> list[str]:
    """The words of a query that tell something, at most `MOST_WORDS`; empty when it has none at all."""
    words = _WORD.findall(query.lower())
    return [word for word in words if word not in _FILLERS][:MOST_WORDS] or words[:MOST_WORDS]


def matching(kind: str, words: Sequence[str], *, workspace_id: str, dialect: str) -> Select[Any]:
    """The ids of a workspace's records where every word begins a word of the text (`words_of`)."""
    found = select(SearchText.record_id).where(SearchText.workspace_id == workspace_id, SearchText.kind == kind)
    if dialect == "sqlite":
        asked = " ".join(f'"{word}"*' for word in words)
        rows: Select[Any] = select(literal_column("rowid")).select_from(table("fts_texts"))
        return found.where(SearchText.id.in_(rows.where(literal_column("fts_texts").op("MATCH")(asked))))
    for word in words:
        begins = f"'{word}':*"
        either = func.to_tsquery("simple", begins).op("||")(func.to_tsquery("english", begins))
        found = found.where(literal_column(_LEXEMES).op("@@")(either))
    return found


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
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS fts_refresh()")
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS fts_forget()")


@contextlib.contextmanager
def paused(connection: Connection) -> Iterator[None]:
    """For bulk writing: no triggers inside, and at the end the texts of every record that has none yet."""
    _unwatch(connection)
    yield
    dialect = connection.dialect.name
    if dialect == "sqlite":
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS fts_texts_new")
    for source in SOURCES:
        missing = "NOT EXISTS (SELECT 1 FROM search_texts s WHERE s.record_id = r.id)"
        connection.exec_driver_sql(_escaped(connection, source.refresh(dialect, missing)))
    create(connection)
    if dialect == "sqlite":
        connection.exec_driver_sql("INSERT INTO fts_texts (fts_texts) VALUES ('rebuild')")


def _watch(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    for source in SOURCES:
        for name, when, where, key in source.occasions():
            if sqlite:
                act = source.refresh("sqlite", f"r.id = new.{key}")
                statement = f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {when} ON {where} BEGIN {act}; END"
            else:
                act = source.refresh("postgresql", "r.id = $1").replace("'", "''")
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
