"""`flask seed`."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from halo import demo
from halo.cli import plain


def init_app(app: Flask) -> None:
    """Register the command."""
    app.cli.add_command(plant)


@click.command("seed")
@click.option("--scale", default=1.0, show_default=True, help="Multiplies the customers.")
@with_appcontext
@plain
def plant(scale: float) -> None:
    """Plant the demo workspaces Acme and Umbra; harmless where they are."""
    click.echo(demo.seed(scale).sentence)
