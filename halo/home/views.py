"""Home: the workspace at a glance, and for a new one the way to the first call."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from halo import web
from halo.audit import history, phrases, search
from halo.audit.search import Filters
from halo.ground.permissions import Permission
from halo.home import glance
from halo.ledger import events
from halo.ledger.executions import OUTCOMES
from halo.oauth import connected
from halo.web import MEMBER, door, queries
from halo.web.queries import Query
from halo.workspaces import workspaces

blueprint = Blueprint("home", __name__)
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
        return render_template("home/_glance.html", **_glance())
    return render_template(
        "home/home.html",
        **(_start() | (_glance() | _activity() if sees_all else {})),
        off=glance.switched_off(principal.workspace_id),
        apps=glance.apps(principal=principal),
        mcp_url=web.settings().mcp_url,
    )


@blueprint.get("/dashboard/first-call")
@door(MEMBER)
def first_call() -> Any:
    """The three steps as far as they are done; a waiting page asks until the call has come."""
    return web.respond("home/first_call.html", "home/_start.html", **_start())


def _asked() -> Query:
    spans = queries.one_of(str(days) for days in glance.SPANS)
    return queries.read({"days": spans, "asked": queries.number(POLLS + 1)}).demand()


def _glance() -> dict[str, Any]:
    principal = web.principal()
    workspace = workspaces.current(principal=principal)
    days = int(_asked().get("days") or 1)
    everyone = principal.may(Permission.APPS_MANAGE)
    apps = connected.connections(workspace.id, None if everyone else principal.person_id)
    return {
        "seen": glance.drawn(workspace.id, days, workspace.time_zone),
        "spans": glance.SPANS.values(),
        "connected": apps,
    }


def _activity() -> dict[str, Any]:
    """What was called and changed last, told in sentences."""
    workspace_id = web.principal().workspace_id
    calls = search.page(workspace_id, Filters(), size=SHOWN).rows
    recent = history.page(workspace_id, size=SHOWN)[0]
    return {
        "phrases": phrases,
        "outcomes": OUTCOMES,
        "sentence": events.sentence,
        "calls": calls,
        "names": search.names(calls, workspace_id=workspace_id),
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
