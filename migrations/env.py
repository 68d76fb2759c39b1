"""How Alembic reaches the database: `migrate` hands over the address; every slice's models are loaded."""

import importlib
import pkgutil
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

import halo
from halo.ground.database import db


def load_models() -> None:
    for slice_ in pkgutil.iter_modules(halo.__path__):
        if slice_.ispkg and importlib.util.find_spec(f"halo.{slice_.name}.models"):
            importlib.import_module(f"halo.{slice_.name}.models")
    importlib.import_module("halo.contacts.records.fulltext")  # has terms to write once its tables are there


def is_ours(thing: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
    """Indexes that only SQL can express (full text) are made by hand in a revision and named `fts_...`, the tables of
    the jobs' queue are Huey's and named `huey_...`."""
    others = str(name).startswith(("fts_", "huey_"))
    return not (kind in ("table", "index") and reflected and compared is None and others)


def render(kind: str, thing: Any, autogen: Any) -> str | bool:
    """Write our column types as what they are in the database, so that old revisions never import new code."""
    if kind == "type" and type(thing).__module__ == "halo.ground.database":
        return "sa.DateTime(timezone=True)"
    return False


def same_type(ctx: MigrationContext, column: Any, meta: Any, inspected: Any, declared: Any) -> bool | None:
    """Let SQLite's loose types pass; its columns hold what they are given."""
    return False if ctx.dialect.name == "sqlite" else None


def migrate(connection: Connection) -> None:
    load_models()
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        include_object=is_ours,
        render_item=render,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=same_type,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
with engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # A table is rebuilt by copying it: references to it must not cascade meanwhile.
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        connection.commit()
    migrate(connection)
    connection.commit()
