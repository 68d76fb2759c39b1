"""Databases for tests: migrated and peopled with the cast once a session, given out fresh in milliseconds.

SQLite: a copy of the template file for every test. PostgreSQL: one database for every worker, brought back to the
template's rows before each test. Every app has an engine of its own, and what a process caches belongs to an engine,
so nothing cached outlives its test.
"""

from __future__ import annotations

import itertools
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.support import postgres, session
from tests.support.parts import require

SECRET = "a-secret-that-only-tests-use-0123456789"
TEMPLATE = "halo_template"
_names = itertools.count()


@dataclass(frozen=True)
class Store:
    """A database for one app: where its instance folder is and, on PostgreSQL, its address."""

    kind: str
    instance: Path
    url: str = ""

    def settings(self, **changes: Any) -> Any:
        from halo.ground.settings import Settings

        values: dict[str, Any] = {"environment": "test", "secret_key": SECRET, "allow_private_addresses": True}
        return Settings(**values | {"instance": self.instance, "database_url": self.url} | changes)


def fresh(kind: str, instance: Path) -> Store:
    """A store that holds the cast and nothing else, shared with nobody while the test runs."""
    if kind == "sqlite":
        return _fresh_file(instance)
    return Store(kind, instance, _worker_database().restored())


def separate(kind: str, instance: Path) -> Store:
    """The same for a server process: a database that no other test of this worker touches."""
    if kind == "sqlite":
        return _fresh_file(instance)
    return Store(kind, instance, _create_database(f"halo_{_worker()}_{next(_names)}"))


def empty(kind: str, instance: Path) -> Store:
    """A store without even a schema, for the migrations."""
    instance.mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        return Store(kind, instance)
    return Store(kind, instance, _create_database(f"halo_{_worker()}_{next(_names)}", "template0"))


def populated(url: str, instance: Path) -> Store:
    """A store on an empty database of a test's own server, with the cast in it."""
    instance.mkdir(parents=True, exist_ok=True)
    store = Store("postgresql", instance, url)
    _people(store)
    return store


def postgres_server() -> str:
    """The address of the session's PostgreSQL, without a database name."""
    require("PostgreSQL", postgres.find)
    return session.once("postgres", _start_postgres)


def _start_postgres(folder: Path) -> tuple[str, int]:
    server = postgres.Server(folder)
    return server.start(), server.pid()


def _fresh_file(instance: Path) -> Store:
    template = session.once("template-sqlite", _make_file)
    instance.mkdir(parents=True, exist_ok=True)
    shutil.copy(template, instance / "halo.sqlite3")
    return Store("sqlite", instance)


def _make_file(folder: Path) -> tuple[str, None]:
    store = Store("sqlite", folder / "template-sqlite")
    shutil.rmtree(store.instance, ignore_errors=True)  # what a failed try left
    store.instance.mkdir()
    _people(store)
    return str(store.instance / "halo.sqlite3"), None


def _make_template(folder: Path) -> tuple[str, None]:
    with psycopg.connect(f"{postgres_server()}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")  # what a failed try left
        connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
    store = Store("postgresql", folder / "template-postgresql", f"{postgres_server()}/{TEMPLATE}")
    store.instance.mkdir(exist_ok=True)
    _people(store)
    return TEMPLATE, None


def _people(store: Store) -> None:
    """Migrate the store and create the cast."""
    from halo import create_app
    from halo.ground.database import migrate
    from tests import cast

    settings = store.settings()
    migrate.upgrade(settings.sqlalchemy_url)
    app = create_app(settings)
    with app.app_context():
        cast.create()
    close(app)


def close(app: Any) -> None:
    """Give up everything that an app holds open."""
    from halo.ground.database import db, quick
    from halo.jobs import nudges
    from halo.ledger import folded, writer

    with app.app_context():
        folded.close()
        writer.close()
        quick.close()
        nudges.close()
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def _create_database(name: str, template: str | None = None) -> str:
    template = template or session.once("template-postgresql", _make_template)
    with psycopg.connect(f"{postgres_server()}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{postgres_server()}/{name}"


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


class _WorkerDatabase:
    """One database, its first rows kept as COPY text."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection = psycopg.connect(url, autocommit=True)
        found = self._connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = [f'"{name}"' for (name,) in found if name != "alembic_version"]
        self._delete = "; ".join(f"DELETE FROM {table}" for table in tables)
        self._rows = {table: rows for table in tables if (rows := self._copy_out(table))}

    def restored(self) -> str:
        """The address, once the database is as the template was."""
        connection = self._connection
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute(self._delete)
            for table, rows in self._rows.items():
                with connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(rows)
        return self._url

    def close(self) -> None:
        self._connection.close()

    def _copy_out(self, table: str) -> bytes:
        with self._connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
            return b"".join(bytes(part) for part in copy)


_databases: list[_WorkerDatabase] = []


def close_all() -> None:
    """At the end of this worker's session."""
    while _databases:
        _databases.pop().close()


def _worker_database() -> _WorkerDatabase:
    if not _databases:
        _databases.append(_WorkerDatabase(_create_database(f"halo_{_worker()}")))
    return _databases[0]
