"""Databases for tests: migrated and peopled with the cast once a session, given out fresh in milliseconds.

SQLite: a copy of the template file for every test. PostgreSQL: one database for every worker, brought back to the
template's rows before each test, with connections left open where nothing is under way on them. What a process caches
belongs to an app (`halo.ground.per_app`), and ends with the test that filled it (`tests.support.apps`).
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
SWEPT_EACH = 200
"""Tests after which PostgreSQL clears away what they deleted; nothing does so in the background."""
_names = itertools.count()


@dataclass(frozen=True)
class Store:
    """A database for one app: where its instance folder is and, on PostgreSQL, its address."""

    kind: str
    instance: Path
    url: str = ""

    def settings(self, **changes: Any) -> Any:
        from halo.ground.settings import Settings

        values: dict[str, Any] = {
            "environment": "test",
            "secret_key": SECRET,
            "allow_private_addresses": True,
            "jobs": False,
        }
        return Settings(**values | {"instance": self.instance, "database_url": self.url} | changes)


def fresh(kind: str) -> Store:
    """This worker's store, which holds the cast and nothing else."""
    instance = session.folder() / f"{_worker()}-{kind}"
    shutil.rmtree(instance, ignore_errors=True)
    if kind == "sqlite":
        return _fresh_file(instance)
    instance.mkdir()
    return Store(kind, instance, _worker_database().restored())


def separate(kind: str, instance: Path) -> Store:
    """The same for a server process, or to be spoilt: a database that no other test of this worker touches."""
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
    server = postgres.Server(folder, autovacuum="off")  # plans rest on what a test says, not on when it came by
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
    from halo.ground.database import db

    forget(app)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def forget(app: Any) -> None:
    """End whatever an app keeps and has begun; connections of its engine that nobody uses stay open."""
    from halo.ground import per_app
    from halo.ground.database import db

    per_app.close(app)
    with app.app_context():
        db.session.remove()


def _create_database(name: str, template: str | None = None) -> str:
    template = template or session.once("template-postgresql", _make_template)
    with psycopg.connect(f"{postgres_server()}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{postgres_server()}/{name}"


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


class _WorkerDatabase:
    """One database, its first rows kept beside their tables, in temporary ones of the connection that restores it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute(
            f"CREATE FUNCTION pg_temp.restore() RETURNS void LANGUAGE plpgsql AS $$ {self._steps()} $$"
        )
        self._age = 0

    def restored(self) -> str:
        """The address, once the database is as the template was."""
        connection = self._connection
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
        )
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute("SELECT pg_temp.restore()")
        self._age += 1
        if self._age % SWEPT_EACH == 0:
            connection.execute("VACUUM")
        return self._url

    def close(self) -> None:
        self._connection.close()

    def _steps(self) -> str:
        """The body of the function: most tables were empty and are so still, and to look is cheaper than to delete."""
        empty, full = [], []
        found = self._connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in found:
            if name == "alembic_version":
                continue
            if not self._holds_rows(name):
                empty.append(f'IF EXISTS (SELECT FROM public."{name}") THEN DELETE FROM public."{name}"; END IF;')
                continue
            self._connection.execute(f'CREATE TEMPORARY TABLE "kept_{name}" AS TABLE public."{name}"')
            columns = self._written_columns(name)
            full.append(f'DELETE FROM public."{name}";')
            full.append(f'INSERT INTO public."{name}" ({columns}) SELECT {columns} FROM pg_temp."kept_{name}";')
        return "BEGIN " + " ".join(empty + full) + " END"

    def _holds_rows(self, table: str) -> bool:
        return self._connection.execute(f'SELECT FROM public."{table}" LIMIT 1').fetchone() is not None

    def _written_columns(self, table: str) -> str:
        """Those that are not computed from others."""
        found = self._connection.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        return ", ".join(f'"{name}"' for (name,) in found)


_databases: list[_WorkerDatabase] = []


def close_all() -> None:
    """At the end of this worker's session."""
    while _databases:
        _databases.pop().close()


def _worker_database() -> _WorkerDatabase:
    if not _databases:
        _databases.append(_WorkerDatabase(_create_database(f"halo_{_worker()}")))
    return _databases[0]
