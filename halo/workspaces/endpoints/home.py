"""Home: the way to connect a client, and what happened today."""

from __future__ import annotations

import json
from typing import Any

from flask import render_template

from halo import web
from halo.audit import events, overview, search
from halo.audit.search import Filters
from halo.permissions import Permission
from halo.web import MEMBER, door
from halo.workspaces import workspaces
from halo.workspaces.endpoints import blueprint

SHOWN = 6
"""Calls and changes on Home."""


@blueprint.get("/dashboard")
@door(MEMBER)
def home() -> Any:
    """The workspace at a glance."""
    principal = web.principal()
    workspace = workspaces.current(principal=principal)
    sees_all = principal.may(Permission.AUDIT_VIEW)
    calls = search.page(workspace.id, Filters(), size=SHOWN).rows if sees_all else []
    return render_template(
        "workspaces/home.html",
        workspace=workspace,
        mcp_url=web.settings().mcp_url,
        snippets=_snippets(web.settings().mcp_url),
        sentence=events.sentence,
        today=overview.today(workspace.id, workspace.time_zone) if sees_all else None,
        connections=overview.connections(workspace.id, None if sees_all else principal.person_id),
        recent=overview.recent_changes(workspace.id, SHOWN) if sees_all else [],
        calls=calls,
        names=search.names(calls),
        first_call=overview.last_call(workspace.id),
    )


def _snippets(url: str) -> dict[str, str]:
    """What goes into the configuration files of clients that have one."""
    return {
        "cursor": json.dumps({"mcpServers": {"halo": {"url": url}}}, indent=2),
        "vscode": json.dumps({"servers": {"halo": {"type": "http", "url": url}}}, indent=2),
    }
