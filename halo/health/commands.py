"""`flask doctor`: what vendors' clients would stumble over. `flask vault rotate`: secrets under the newest key."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from halo.ground import resealing, settings, spoken
from halo.ground.plain import plain
from halo.health import doctor

MANY = 20
"""Rows that cannot be read which are named."""


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(examine)
    app.cli.add_command(vault)


@click.command("doctor")
@with_appcontext
def examine() -> None:
    """Check address, clients' documents, database, counters, disk and key: a line each, exit code 1 for problems."""
    found = doctor.examine(settings.current(), doctor.addresses)
    for finding in found:
        click.echo(f"{finding.kind}\t{finding.sentence}")
    if any(finding.kind == "problem" for finding in found):
        click.get_current_context().exit(1)


@click.group("vault", cls=AppGroup)
def vault() -> None:
    """Secrets that Halo keeps encrypted in its database."""


@vault.command("rotate")
@plain
def rotate() -> None:
    """Encrypt whatever an earlier key did with HALO_SECRET_KEY, so that HALO_OLD_SECRET_KEYS can go: a line for each
    column, exit code 1 where something cannot be read. Safe beside a running Halo, and as often as you like."""
    unreadable = 0
    for told in resealing.rotate():
        unreadable += len(told.unreadable)
        words = (told.column, spoken.count(told.held, "secret"), f"{told.renewed} encrypted anew")
        lost = f"cannot be read: {', '.join(told.unreadable[:MANY])}" if told.unreadable else ""
        click.echo("\t".join((*words, lost)).rstrip())
    if unreadable:
        click.get_current_context().exit(1)
