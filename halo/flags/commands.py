"""`flask flags`: the operators' switches on the command line."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from halo.cli import plain
from halo.flags import catalogue, service
from halo.workspaces import workspaces


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(flags)


@click.group("flags", cls=AppGroup)
def flags() -> None:
    """Kill switches of workspaces."""


@flags.command("list")
@click.option("--workspace", "slug", help="Only this workspace, by its slug.")
@plain
def list_flags(slug: str | None) -> None:
    """Print each workspace's flags: workspace, flag, on or off, where the value comes from, why."""
    for workspace in [workspaces.of_slug(slug)] if slug else workspaces.every():
        rows = service.rows_of(workspace.id)
        for flag in catalogue.CATALOGUE.values():
            row = rows.get(flag.name)
            is_on = row.is_on if row else flag.default
            origin = "operator" if row else "default"
            words = (workspace.slug, flag.name, "on" if is_on else "off", origin, row.why if row else "")
            click.echo("\t".join(words).rstrip())


@flags.command("set")
@click.argument("name", type=click.Choice(sorted(catalogue.CATALOGUE)))
@click.argument("value", type=click.Choice(["on", "off"]))
@click.option("--workspace", "slug", required=True, help="Its slug.")
@click.option("--why", required=True, help="For the workspace's admins and the history.")
@plain
def set_flag(name: str, value: str, slug: str, why: str) -> None:
    """Switch NAME on or off; in force on the next call of every process."""
    workspace = workspaces.of_slug(slug)
    switch = service.turn_on if value == "on" else service.turn_off
    switch(name, workspace_id=workspace.id, why=why, principal=None)
    click.echo(f"{workspace.slug}\t{name}\t{value}")
