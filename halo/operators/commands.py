"""`flask flags`: the operators' switches on the command line."""

from __future__ import annotations

import datetime

import click
from flask import Flask
from flask.cli import AppGroup

from halo.flags import service, vocabulary, when
from halo.flags.service import Held
from halo.ground import spoken
from halo.ground.database import now
from halo.ground.plain import plain
from halo.workspaces import workspaces
from halo.workspaces.accounts import people

MANY = 500
"""Workspaces that are looked up at a time."""


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
    """Print each workspace's flags: workspace, flag, on or off, where the value comes from, why, until when."""
    found = [workspaces.of_slug(slug)] if slug else workspaces.every()
    for first in range(0, len(found), MANY):
        some = found[first : first + MANY]
        held = service.held_in_many([workspace.id for workspace in some], named=people.names_of)
        for workspace in some:
            for each in held[workspace.id]:
                words = (workspace.slug, each.state.flag.name, *_words(each))
                click.echo("\t".join(words).rstrip())


@flags.command("set")
@click.argument("name", type=click.Choice(sorted(vocabulary.CATALOGUE)))
@click.argument("value", type=click.Choice(["on", "off"]))
@click.option("--workspace", "slug", required=True, help="Its slug.")
@click.option("--why", required=True, help="For the workspace's admins and the history.")
@click.option("--for", "span", metavar="SPAN", help="How long, as 30m, 4h or 1d; then the flag is what it was before.")
@click.option(
    "--until",
    metavar="TIME",
    help="Until when, as 2026-11-30T18:00 (UTC) or 2026-11-30, that day included; in place of --for.",
)
@click.option("--at", "start", metavar="TIME", help="From when, as 2026-11-30T16:00 (UTC), in place of now.")
@click.option("--message", default="", help="What refused callers read, up to 300 characters; for off.")
@plain
def set_flag(
    name: str, value: str, slug: str, why: str, span: str | None, until: str | None, start: str | None, message: str
) -> None:
    """Switch NAME on or off; in force on the next call of every process."""
    if span and until:
        raise click.UsageError("Choose --for or --until.")
    if message and value == "on":
        raise click.UsageError("--message goes with off: nobody is refused by a flag that is on.")
    workspace = workspaces.of_slug(slug)
    starts_at = when.moment(start, "--at") if start else None
    ends_at = when.moment(until, "--until", is_end=True) if until else None
    if span:
        ends_at = (starts_at or now()) + when.span(span, "--for")
    time = {"starts_at": starts_at, "ends_at": ends_at}
    if value == "on":
        service.turn_on(name, workspace_id=workspace.id, why=why, principal=None, **time)
    else:
        service.turn_off(name, workspace_id=workspace.id, why=why, principal=None, message=message, **time)
    said = [workspace.slug, name, value, *_span_words(starts_at, ends_at)]
    click.echo("\t".join(said))


def _words(held: Held) -> tuple[str, ...]:
    """Value, origin, time and reason of one flag."""
    state, row = held.state, held.row
    value = "on" if state.is_on else "off"
    if row is None or state.phase == "over":
        return value, "default" if row is None or row.otherwise_on is None else "operator"
    times = _span_words(row.starts_at if state.phase == "waiting" else None, row.ends_at)
    planned = [f"planned {'on' if row.is_on else 'off'}"] if state.phase == "waiting" else []
    return value, "operator", row.why, " ".join([*planned, *times])


def _span_words(starts_at: datetime.datetime | None, ends_at: datetime.datetime | None) -> list[str]:
    return [f"{word} {spoken.iso(at)}" for word, at in (("from", starts_at), ("until", ends_at)) if at]
