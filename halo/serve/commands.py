"""`flask serve`, `flask dev` and `flask db`."""

from __future__ import annotations

import sys
from typing import cast

import click
from flask import Flask, current_app
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from halo import migrate
from halo.settings import Settings


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(serve_command)
    app.cli.add_command(dev_command)
    app.cli.add_command(database)


@click.command("serve")
def serve_command() -> None:
    """Serve with the settings of the environment; refuses a database that is not migrated."""
    from halo.serve.server import serve

    if (at := _revision()) != migrate.head():
        sys.exit(f"halo: the database is at revision {at}, this code needs {migrate.head()}; run: flask db upgrade")
    serve(_settings())


@click.command("dev")
def dev_command() -> None:
    """What `make run` does: migrate, plant the demo in an empty database, serve."""
    from halo.serve.start import start

    start()


@click.group("db")
def database() -> None:
    """The schema's history."""


@database.command("upgrade")
def upgrade() -> None:
    """Bring the database to the newest revision."""
    before = _revision()
    migrate.ensure(_settings().sqlalchemy_url)
    click.echo(f"{before} -> {_revision()}")


@database.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the database back to REVISION (`base`: before the first)."""
    before = _revision()
    migrate.downgrade(_settings().sqlalchemy_url, revision)
    click.echo(f"{before} -> {_revision()}")


@database.command("revision")
@click.argument("why")
def revision(why: str) -> None:
    """Write a revision with what the models have and the database lacks."""
    migrate.write_revision(_settings().sqlalchemy_url, why)


def _revision() -> str | None:
    engine = create_engine(_settings().sqlalchemy_url, poolclass=NullPool)
    with engine.connect() as connection:
        return migrate.current(connection)


def _settings() -> Settings:
    # Granian starts its workers anew, so only the settings leave this app.
    return cast(Settings, current_app.extensions["halo"])
