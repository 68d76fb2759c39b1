"""`flask seed`."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from halo import demo
from halo.ground.errors import HaloError
from halo.ground.plain import plain


def init_app(app: Flask) -> None:
    """Register the command."""
    app.cli.add_command(plant)


@click.command("seed")
@click.option("--scale", type=float, show_default="1", help="Multiplies the customers; of an empty database only.")
@with_appcontext
@plain
def plant(scale: float | None) -> None:
    """Plant the demo workspaces Acme and Umbra; harmless where they are."""
    report = demo.seed(1 if scale is None else scale)
    if scale is not None and not report.rows:
        raise HaloError(f"{report.sentence} Its size is chosen on an empty database.")
    click.echo(report.sentence)
