"""`flask serve`, `flask dev`, `flask db`, `flask backup` and `flask restore`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from halo import web
from halo.ground.database import backups, migrate
from halo.ground.errors import Mistake
from halo.ground.plain import plain


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(serve_command)
    app.cli.add_command(dev_command)
    app.cli.add_command(database)
    app.cli.add_command(backup)
    app.cli.add_command(restore)


@click.command("serve")
def serve_command() -> None:
    """Serve with the settings of the environment; refuses a database that is not migrated."""
    from halo.serve.server import serve

    with _said():
        at = _revision()
    if at != migrate.head():
        sys.exit(f"halo: the database is at revision {at}, this code needs {migrate.head()}; run: flask db upgrade")
    serve(web.settings())


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
    with _said():
        before = _revision()
        migrate.ensure(web.settings().sqlalchemy_url)
        click.echo(f"{before} -> {_revision()}")


@database.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the database back to REVISION (`base`: before the first)."""
    with _said():
        before = _revision()
        if not migrate.is_below(revision, before):
            known = ", ".join(["base", *migrate.below(before)])
            raise click.UsageError(
                f"There is no revision {revision!r} to go back to from {before}; there are: {known}."
            )
        migrate.downgrade(web.settings().sqlalchemy_url, revision)
        click.echo(f"{before} -> {_revision()}")


@database.command("revision")
@click.argument("why")
def revision(why: str) -> None:
    """Write a revision with what the models have and the database lacks."""
    with _said():
        migrate.write_revision(web.settings().sqlalchemy_url, why)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
@plain
def backup(file: Path) -> None:
    """Copy the SQLite database into FILE, whole and checked, also while Halo serves."""
    copy = backups.save(_file(), file)
    click.echo(f"{file}\t{copy.size} bytes, at {copy.revision}")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_appcontext
@plain
def restore(file: Path) -> None:
    """Put the copy FILE in the place of the SQLite database, which is kept beside it. Halo must not run."""
    kept = backups.restore(file, _file())
    click.echo(f"{_file()}\tis what {file} holds" + (f"; what was there is {kept}" if kept else ""))
    if (at := _revision()) != migrate.head():
        click.echo(f"It is at {at}, this code needs {migrate.head()}; run: flask db upgrade")


def _file() -> Path:
    """The SQLite file; raises `Mistake` where the database is another."""
    url = make_url(web.settings().sqlalchemy_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise Mistake("database", "This Halo is on PostgreSQL: use pg_dump and pg_restore (docs: running-halo).")
    return Path(url.database)


def _revision() -> str | None:
    engine = create_engine(web.settings().sqlalchemy_url, poolclass=NullPool)
    with engine.connect() as connection:
        return migrate.current(connection)


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """One sentence and exit code 1 where the database cannot be reached; never its password."""
    try:
        yield
    except OperationalError as problem:
        where = make_url(web.settings().sqlalchemy_url).render_as_string(hide_password=True)
        first = next(iter(str(problem.orig).splitlines()), "")
        raise click.ClickException(f"The database {where} does not answer: {first} See DATABASE_URL.") from None
