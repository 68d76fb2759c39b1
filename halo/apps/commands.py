"""`flask token create|list|revoke` and `flask oauth reap`: plain lines, honest exit codes."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from halo import web
from halo.apps import connections, personal
from halo.ground import scopes
from halo.ground.database import one_change
from halo.ground.errors import NotFound
from halo.ground.plain import plain
from halo.oauth import clients, grants, transactions
from halo.workspaces import members, workspaces
from halo.workspaces.accounts import people

tokens = AppGroup("token", help="Personal access tokens, for scripts.")
oauth = AppGroup("oauth", help="The authorization server.")


def init_app(app: Flask) -> None:
    """Hang the groups on the command line."""
    app.cli.add_command(tokens)
    app.cli.add_command(oauth)


@tokens.command("create")
@click.option("--workspace", required=True, help="Slug of the workspace.")
@click.option("--person", required=True, help="E-mail of the person in whose name the script acts.")
@click.option("--scopes", "words", required=True, help='Space-separated, e.g. "data:read docs:read".')
@click.option("--days", default=30, show_default=True, help="How long the token lives.")
@click.option("--name", default="Command line", show_default=True, help="What Connected apps calls it.")
@plain
def create(workspace: str, person: str, words: str, days: int, name: str) -> None:
    """Print a new token, and nothing else. `actions:*` brings the three read scopes along."""
    where, who = workspaces.of_slug(workspace), people.of_email(person)
    _, text = personal.create(
        name,
        words=scopes.expand(words.split()),
        days=days,
        workspace_id=where.id,
        person_id=members.get(where.id, who.id).person_id,
        principal=None,
        settings=web.settings(),
    )
    click.echo(text)


@tokens.command("list")
@click.option("--workspace", required=True, help="Slug of the workspace.")
@plain
def listing(workspace: str) -> None:
    """One line a token: id, person, end, scopes, name."""
    for grant in connections.personal_of(workspaces.of_slug(workspace).id):
        end = grant.expires_at.date().isoformat() if grant.expires_at else "never"
        click.echo(f"{grant.id}  {grant.person.email}  {end}  {grant.scopes}  {grant.name}")


@tokens.command("revoke")
@click.argument("token_id")
@click.option("--workspace", required=True, help="Slug of the workspace.")
@plain
def revoke(token_id: str, workspace: str) -> None:
    """End a token by the id that `list` prints; refused from its next call on."""
    held = connections.personal_of(workspaces.of_slug(workspace).id)
    found = next((grant for grant in held if grant.id == token_id), None)
    if found is None:
        raise NotFound("token")
    with one_change():
        grants.end(found, "revoked", principal=None)
    click.echo(f"revoked {found.name}")


@oauth.command("reap")
def reap() -> None:
    """Forget registrations that nobody used within a day, and requests for consent that are over."""
    is_more, gone = True, 0
    while is_more:
        with one_change():
            is_more = transactions.forget_dead()
    while found := clients.reap():
        gone += found
    click.echo(f"forgot {gone} clients")
