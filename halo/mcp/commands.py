"""`flask tools`: every tool with its scope, hints and cost. `flask why`: why a connection sees a tool, or does not."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from halo import authenticate, catalogue
from halo.audit import why
from halo.ground.errors import NotFound
from halo.ground.plain import plain
from halo.ground.principal import Client
from halo.ground.text.folding import is_same
from halo.oauth import connected
from halo.tool import Tool
from halo.workspaces import workspaces
from halo.workspaces.accounts import people


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(tools_command)
    app.cli.add_command(why_command)


@click.command("tools")
def tools_command() -> None:
    """Print every tool: name, scope, hints, for a bound customer, and how many tokens its definition costs a model."""
    declared = catalogue.declared().every()
    for one in declared:
        click.echo(f"{one.name:<32} {one.scope:<12} {_hints(one):<36} {one.bound:<9} {one.tokens:>6}")
    click.echo(f"{len(declared)} tools, about {sum(one.tokens for one in declared)} tokens in all")


@click.command("why")
@click.option("--workspace", "slug", required=True)
@click.option("--person", "email", required=True, help="E-mail address of who allowed the connection.")
@click.option("--client", "client_name", help="Name of the connected app; may be left out where there is only one.")
@click.argument("name", metavar="[TOOL]", required=False)
@with_appcontext
@plain
def why_command(slug: str, email: str, client_name: str | None, name: str | None) -> None:
    """Say why a connection sees TOOL, or does not; without TOOL, a line for each tool."""
    client = _connected(slug, email, client_name)
    click.echo(f"{client.client_name} for {client.person_email} in {client.workspace.slug}")
    if name is None:
        for known in why.tools(client.workspace):
            click.echo(f"{known:<32} {_verdict(why.answer(client, known))}")
        return
    answer = why.answer(client, name)
    for step in answer.steps:
        click.echo(f"{'no ' if step.refusal else 'yes'}  {step.question}")
    click.echo(f"{name}: {_verdict(answer)}")


def _connected(slug: str, email: str, client_name: str | None) -> Client:
    """The newest of the person's connections, of the app of that name where one is given."""
    held = connected.live_connections(workspaces.of_slug(slug).id, people.of_email(email).id)
    clients = [authenticate.of_grant(one.grant_id) for one in held]
    wanted = [one for one in clients if client_name is None or is_same(one.client_name, client_name)]
    if not wanted:
        raise NotFound("connection of that person")
    names = sorted({one.client_name for one in wanted})
    if len(names) > 1:
        raise click.ClickException(f"there are several connections; choose one with --client: {', '.join(names)}")
    return wanted[-1]


def _verdict(answer: why.Explanation) -> str:
    refusal = answer.refusal
    return f"not visible: {refusal.sentence} Who can lift it: {refusal.lifted_by}" if refusal else "visible"


def _hints(one: Tool) -> str:
    said = {
        "read-only": one.read_only,
        "destructive": one.destructive,
        "idempotent": one.idempotent,
        "open-world": one.open_world,
    }
    return ", ".join(hint for hint, holds in said.items() if holds) or "writes"
