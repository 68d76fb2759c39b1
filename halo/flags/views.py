"""The operators' doors to flags: every workspace's values, and the switches."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from halo import web
from halo.audit import search
from halo.errors import Mistake, NotFound
from halo.flags import catalogue, service
from halo.flags.catalogue import Flag
from halo.web import OPERATOR, door
from halo.workspaces import people, workspaces
from halo.workspaces.models import Workspace

blueprint = Blueprint("flags", __name__)
SHOWN = 50
"""Workspaces on one page; beyond it one searches."""


@blueprint.get("/admin/flags")
@door(OPERATOR)
def flags() -> Any:
    """The flags that exist, and their values in the workspaces that the search finds."""
    text = request.args.get("q", "").strip()[:100]
    found, count = workspaces.matching(text, size=SHOWN)
    return render_template(
        "flags/flags.html",
        flags=catalogue.CATALOGUE.values(),
        workspaces=found,
        rows=service.rows_of_many([workspace.id for workspace in found]),
        count=count,
        q=text,
    )


@blueprint.get("/admin/flags/<slug>")
@door(OPERATOR)
def workspace_flags(slug: str) -> Any:
    """One workspace's flags, with where each value comes from and its history."""
    return _page(workspaces.of_slug(slug))


@blueprint.post("/admin/flags/<slug>/<name>/on")
@door(OPERATOR)
def turn_on(slug: str, name: str) -> Any:
    """Switch the flag on in the workspace."""
    return _switch(slug, name, True)


@blueprint.post("/admin/flags/<slug>/<name>/off")
@door(OPERATOR)
def turn_off(slug: str, name: str) -> Any:
    """Switch the flag off in the workspace."""
    return _switch(slug, name, False)


def _switch(slug: str, name: str, is_on: bool) -> Any:
    workspace = workspaces.of_slug(slug)
    if name not in catalogue.CATALOGUE:
        raise NotFound("flag")
    flag = catalogue.get(name)
    switch = service.turn_on if is_on else service.turn_off
    try:
        switch(name, workspace_id=workspace.id, why=request.form.get("why", ""), principal=web.principal())
    except Mistake as problem:
        if web.is_htmx():
            facts = _facts(workspace, flag) | {"problem": problem}
            return render_template("flags/_flag.html", **facts), 422
        return _page(workspace, {name: problem}), 422
    message = f"{flag.title} is {'on' if is_on else 'off'} for {workspace.name}, from the next call on."
    target = url_for("flags.workspace_flags", slug=slug)
    return web.after_change(target, message, partial="flags/_flag.html", **_facts(workspace, flag))


def _page(workspace: Workspace, problems: dict[str, Mistake] | None = None) -> Any:
    cards = [
        _facts(workspace, flag) | {"problem": (problems or {}).get(flag.name)} for flag in catalogue.CATALOGUE.values()
    ]
    return render_template("flags/workspace_flags.html", workspace=workspace, cards=cards)


def _facts(workspace: Workspace, flag: Flag) -> dict[str, Any]:
    """What the card of one flag shows."""
    row = service.rows_of(workspace.id).get(flag.name)
    return {
        "workspace": workspace,
        "flag": flag,
        "is_on": row.is_on if row else flag.default,
        "row": row,
        "set_by": people.names_of([row.set_by]).get(row.set_by or "", "the command line") if row else "",
        "history": search.changes_of(workspace.id, "flag", flag.name),
        "typed": request.form.get("why", "") if request.method == "POST" else "",
        "problem": None,
    }
