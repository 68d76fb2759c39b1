"""`flask doctor`: what vendors' clients would stumble over."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from halo.ground import settings
from halo.health import doctor


def init_app(app: Flask) -> None:
    """Register the command."""
    app.cli.add_command(examine)


@click.command("doctor")
@with_appcontext
def examine() -> None:
    """Check address, clients' documents, database, counters, disk and key: a line each, exit code 1 for problems."""
    found = doctor.examine(settings.current(), doctor.addresses)
    for finding in found:
        click.echo(f"{finding.kind}\t{finding.sentence}")
    if any(finding.kind == "problem" for finding in found):
        click.get_current_context().exit(1)
