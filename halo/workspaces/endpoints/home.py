"""Home: the workspace at a glance, and for a new one the way to the first call."""

from __future__ import annotations

from typing import Any

from flask import render_template

from halo import queries, web
from halo.audit import events, history, overview, phrases, search
from halo.audit.search import Filters
from halo.permissions import Permission
from halo.queries import Query
from halo.web import MEMBER, door
from halo.workspaces import glance, workspaces
from halo.workspaces.endpoints import blueprint

SHOWN = 6
"""Calls and changes on Home."""
POLLS = 900
"""How often a waiting page asks for the first call, every two seconds, before it leaves the asking to the person."""


@blueprint.get("/dashboard")
@door(MEMBER)
def home() -> Any:
    """The workspace at a glance; htmx asks for another span of time."""
    principal = web.principal()
    sees_all = principal.may(Permission.AUDIT_VIEW)
    if web.is_htmx() and sees_all:
        return render_template("workspaces/_glance.html", **_glance())
    return render_template(
        "workspaces/home.html",
        **(_start() | (_glance() | _activity() if sees_all else {})),
        off=glance.switched_off(str(principal.workspace_id)),
        apps=glance.apps(principal=principal),
        mcp_url=web.settings().mcp_url,
    )


@blueprint.get("/dashboard/first-call")
@door(MEMBER)
def first_call() -> Any:
    """The three steps as far as they are done; a waiting page asks until the call has come."""
    return web.respond("workspaces/first_call.html", "workspaces/_start.html", **_start())


def _asked() -> Query:
    spans = queries.one_of(str(days) for days in glance.SPANS)
    return queries.read({"days": spans, "asked": queries.number(POLLS + 1)}).demand()


def _glance() -> dict[str, Any]:
    principal = web.principal()
    workspace = workspaces.current(principal=principal)
    days = int(_asked().get("days") or 1)
    everyone = principal.may(Permission.APPS_MANAGE)
    connected = overview.connections(workspace.id, None if everyone else principal.person_id)
    return {
        "seen": glance.of(workspace.id, days, workspace.time_zone),
        "spans": glance.SPANS.values(),
        "connected": connected,
    }


def _activity() -> dict[str, Any]:
    """What was called and changed last, told in sentences."""
    workspace_id = str(web.principal().workspace_id)
    calls = search.page(workspace_id, Filters(), size=SHOWN).rows
    recent = overview.recent_changes(workspace_id, SHOWN)
    return {
        "phrases": phrases,
        "sentence": events.sentence,
        "calls": calls,
        "names": search.names(calls),
        "recent": recent,
        "actor": history.actor,
        "people": history.names(recent),
    }


def _start() -> dict[str, Any]:
    start = glance.start(principal=web.principal())
    asked = int(_asked().get("asked") or 0)
    return {
        "start": start,
        "phrases": phrases,
        "asked": asked,
        "is_waiting": start.call is None and not start.is_over and asked < POLLS,
    }
