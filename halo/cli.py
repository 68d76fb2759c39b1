"""The command line: plain lines, honest exit codes. Slices hang their own groups on it."""

from __future__ import annotations

import importlib

import click
from flask import Flask, current_app
from flask.cli import routes_command, with_appcontext

SLICES = ("jobs", "health", "workspaces", "apps", "operators", "mcp", "demo", "serve")
"""Slices with a `commands.py`."""


def init_app(app: Flask) -> None:
    """Register the commands of every slice that has some (`halo/<slice>/commands.py`)."""
    app.cli.add_command(routes)
    for name in SLICES:
        importlib.import_module(f"halo.{name}.commands").init_app(app)


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
