"""The command line: plain lines, honest exit codes. Slices hang their own groups on it."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click
from flask import Flask, current_app
from flask.cli import routes_command, with_appcontext

from halo.errors import HaloError, Mistake

SLICES = ("health", "workspaces", "oauth", "flags", "mcp", "demo", "serve")
"""Slices with a `commands.py`."""
P = ParamSpec("P")
R = TypeVar("R")


def init_app(app: Flask) -> None:
    """Register the commands of every slice that has some (`halo/<slice>/commands.py`)."""
    app.cli.add_command(routes)
    for name in SLICES:
        importlib.import_module(f"halo.{name}.commands").init_app(app)


def plain(command: Callable[P, R]) -> Callable[P, R]:
    """Say what went wrong in one line on stderr and exit with 1, instead of a traceback."""

    @functools.wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            for value in options.values():
                _check_text(value)
            return command(*arguments, **options)
        except HaloError as problem:
            raise click.ClickException(problem.message) from None

    return run


def _check_text(value: object) -> None:
    """Raise `Mistake` for bytes that are no UTF-8: Python hands them on as halves of surrogate pairs."""
    if isinstance(value, tuple):
        for each in value:
            _check_text(each)
    elif isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value):
        raise Mistake("text", "The command line is not UTF-8 text.")


@click.command("routes")
@click.option("--doors", is_flag=True, help="The door in front of each route: method, path, door.")
@click.option("--sort", default="endpoint", type=click.Choice(["endpoint", "methods", "domain", "rule", "match"]))
@click.option("--all-methods", is_flag=True, help="Also HEAD and OPTIONS.")
@click.pass_context
@with_appcontext
def routes(context: click.Context, doors: bool, sort: str, all_methods: bool) -> None:
    """Print every route. In place of Flask's own command, which knows no doors (scripts/bootstrap.py)."""
    if not doors:
        context.invoke(routes_command, sort=sort, all_methods=all_methods)
        return
    for line in doors_of(current_app._get_current_object()):  # type: ignore[attr-defined]
        click.echo(line)


def doors_of(app: Flask) -> list[str]:
    """`METHOD path -> door`, one line each, by path."""
    found = []
    for rule in app.url_map.iter_rules():
        need = getattr(app.view_functions[rule.endpoint], "need", None)
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        found += [(rule.rule, f"{method:<7} {rule.rule} -> {need.name if need else 'NO DOOR'}") for method in methods]
    return [line for _, line in sorted(found)]
