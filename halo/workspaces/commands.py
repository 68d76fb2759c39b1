"""`flask workspace`, `flask person` and `flask member`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
from flask import Flask
from flask.cli import AppGroup

from halo.ground import limits
from halo.ground.errors import Mistake
from halo.ground.permissions import PRESETS, Role
from halo.ground.plain import plain
from halo.workspaces import currencies, members, workspaces
from halo.workspaces.accounts import people, two_factor

ROLES = click.Choice([role.value for role in Role])
PRESET = click.Choice(list(PRESETS))
Command = TypeVar("Command", bound=Callable[..., Any])


def init_app(app: Flask) -> None:
    """Register the commands."""
    for group in (workspace, person, member):
        app.cli.add_command(group)


@click.group("workspace", cls=AppGroup)
def workspace() -> None:
    """Workspaces of this instance."""


@workspace.command("create")
@click.argument("name")
@click.option("--slug", help="Short name for addresses; made from the name when left out.")
@click.option("--owner", required=True, help="E-mail address of the person who becomes Super Admin.")
@click.option("--time-zone", default="UTC", show_default=True, help="Whose days its records are counted by.")
@click.option("--currency", default=currencies.DEFAULT, show_default=True, help="What its revenue is counted in.")
@plain
def create_workspace(name: str, slug: str | None, owner: str, time_zone: str, currency: str) -> None:
    """Make the workspace NAME and print its slug and id."""
    super_admin = people.of_email(owner)
    slug = slug or workspaces.free_slug(name)
    made = workspaces.create(name, slug, super_admin, time_zone=time_zone, currency=currency)
    click.echo(f"{made.slug}\t{made.id}")


@workspace.command("list")
def list_workspaces() -> None:
    """Print slug, id, name and number of members of every workspace."""
    for held in workspaces.every():
        click.echo(f"{held.slug}\t{held.id}\t{held.name}\t{len(members.of_workspace(held.id))}")


@workspace.command("limits")
@click.argument("slug")
@click.argument("given", nargs=-1, metavar="NAME=CALLS...")
@plain
def give_limits(slug: str, given: tuple[str, ...]) -> None:
    """Print the calls a minute of the workspace SLUG; NAME=CALLS sets one first, NAME= takes it away.

    Names: calls_per_workspace, calls_per_client, web_calls_per_client.
    """
    typed = dict(each.partition("=")[::2] for each in given)
    if unknown := sorted(typed.keys() - limits.DEFAULTS.keys()):
        raise Mistake("limits", f"There is no limit {unknown[0]!r}; name one of {', '.join(limits.DEFAULTS)}.")
    held = workspaces.give_limits(slug, typed)
    for name, default in limits.DEFAULTS.items():
        click.echo(f"{name}\t{held.limits.get(name, default)}")


@click.group("person", cls=AppGroup)
def person() -> None:
    """Accounts of this instance."""


@person.command("create")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--operator", is_flag=True, help="May switch flags on /admin/flags.")
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin instead of making one.")
@plain
def create_person(email: str, name: str, operator: bool, password_stdin: bool) -> None:
    """Make an account for EMAIL and print the address, the id and the generated password."""
    password = _typed_password() if password_stdin else people.generated_password()
    made = people.create(email, name, password, is_operator=operator)
    click.echo("\t".join((made.email, made.id, *(() if password_stdin else (password,)))))


@person.command("password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin instead of making one.")
@plain
def set_password(email: str, password_stdin: bool) -> None:
    """Give EMAIL another password, sign all their browsers out, and print a generated one."""
    password = _typed_password() if password_stdin else people.generated_password()
    people.set_password(people.of_email(email).id, password, principal=None)
    click.echo(email if password_stdin else f"{email}\t{password}")


@person.command("deactivate")
@click.argument("email")
@plain
def deactivate_person(email: str) -> None:
    """Close the account of EMAIL: no sign-in, and every connection is refused from the next call on."""
    people.deactivate(people.of_email(email).id, principal=None)
    click.echo(f"{email}\tdeactivated")


@person.command("reactivate")
@click.argument("email")
@plain
def reactivate_person(email: str) -> None:
    """Open the account of EMAIL again."""
    people.reactivate(people.of_email(email).id, principal=None)
    click.echo(f"{email}\tactive")


@person.command("reset-two-factor")
@click.argument("email")
@plain
def reset_two_factor(email: str) -> None:
    """Take two-factor sign-in from EMAIL, who lost app and recovery codes, and sign all their browsers out.

    Make sure first that it is them who ask: afterwards their password alone signs them in.
    """
    held = people.of_email(email)
    if not two_factor.reset(held.id):
        raise Mistake("email", f"{held.email} has no two-factor sign-in.")
    click.echo(f"{held.email}\ttwo-factor sign-in is off")


@person.command("operator")
@click.argument("email")
@click.argument("value", type=click.Choice(["on", "off"]))
@plain
def make_operator(email: str, value: str) -> None:
    """Give EMAIL the rights of an operator, or take them."""
    people.make_operator(people.of_email(email).id, value == "on", principal=None)
    click.echo(f"{email}\toperator {value}")


@click.group("member", cls=AppGroup)
def member() -> None:
    """Who is in a workspace, in which role."""


@member.command("list")
@click.option("--workspace", "slug", required=True)
@plain
def list_members(slug: str) -> None:
    """Print address, name, role and permissions of every member."""
    for held in members.of_workspace(workspaces.of_slug(slug).id):
        words = (held.person.email, held.person.name, held.role, " ".join(held.permissions))
        click.echo("\t".join(words).rstrip())


def _with_role(command: Command) -> Command:
    """The arguments of a command that gives somebody a role."""
    for argument in (
        click.option("--permission", "permissions", multiple=True, help="Instead of a preset; can be repeated."),
        click.option("--preset", type=PRESET, help="What a Member may do."),
        click.option("--role", type=ROLES, default=Role.MEMBER.value, show_default=True),
        click.option("--workspace", "slug", required=True),
        click.argument("email"),
    ):
        command = argument(command)
    return command


@member.command("add")
@_with_role
@plain
def add_member(email: str, slug: str, role: str, preset: str | None, permissions: tuple[str, ...]) -> None:
    """Take EMAIL into the workspace."""
    held = people.of_email(email)
    workspace_id = workspaces.of_slug(slug).id
    members.add(workspace_id, held.id, Role(role), preset=preset or "", permissions=permissions, principal=None)
    click.echo(f"{slug}\t{held.email}\t{role}")


@member.command("change")
@_with_role
@plain
def change_member(email: str, slug: str, role: str, preset: str | None, permissions: tuple[str, ...]) -> None:
    """Give EMAIL another role or other permissions; in force on the next call."""
    held = people.of_email(email)
    workspace_id = workspaces.of_slug(slug).id
    members.change(workspace_id, held.id, Role(role), preset=preset or "", permissions=permissions, principal=None)
    click.echo(f"{slug}\t{held.email}\t{role}")


@member.command("remove")
@click.argument("email")
@click.option("--workspace", "slug", required=True)
@plain
def remove_member(email: str, slug: str) -> None:
    """Take EMAIL out of the workspace; their connections to it end."""
    held = people.of_email(email)
    members.remove(workspaces.of_slug(slug).id, held.id, principal=None)
    click.echo(f"{slug}\t{held.email}\tremoved")


def _typed_password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Mistake("password", "No password came on stdin.")
    return password
