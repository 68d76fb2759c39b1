"""`flask serve`, `flask dev` and `flask migrate`."""

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
    app.cli.add_command(migrate_command)


@click.command("serve")
def serve_command() -> None:
    """Serve with the settings of the environment; refuses a database that is not migrated."""
    from halo.serve.server import serve

    settings = _settings()
    engine = create_engine(settings.sqlalchemy_url, poolclass=NullPool)
    with engine.connect() as connection:
        if not migrate.is_current(connection):
            at = migrate.current(connection)
            sys.exit(f"halo: the database is at revision {at}, this code needs {migrate.head()}; run: flask migrate")
    serve(settings)


@click.command("dev")
def dev_command() -> None:
    """What `make run` does: migrate, plant the demo in an empty database, serve."""
    from halo.serve.start import start

    start()


@click.command("migrate")
@click.option("--to", "revision", default="head", show_default=True, help="A revision, or `base` for none.")
def migrate_command(revision: str) -> None:
    """Bring the database to the newest revision, or back to another."""
    url = _settings().sqlalchemy_url
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        before = migrate.current(connection)
    if revision == "head":
        migrate.ensure(url)
    else:
        migrate.downgrade(url, revision)
    with engine.connect() as connection:
        click.echo(f"{before} -> {migrate.current(connection)}")


def _settings() -> Settings:
    # Granian starts its workers anew, so only the settings leave this app.
    return cast(Settings, current_app.extensions["halo"])
