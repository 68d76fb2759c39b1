"""The list: who calls tools in the workspace, and a new agent."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from halo import facts, web
from halo.actions.vocabulary import EXTERNAL_CLIENTS
from halo.agents import holding, lines, service
from halo.agents.endpoints import blueprint
from halo.agents.endpoints.agent import words
from halo.agents.service import WantedAgent
from halo.audit import search
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.oauth import connected
from halo.web import door, may


@blueprint.get("/dashboard/agents")
@door(may(Permission.AGENTS_VIEW))
def agents() -> Any:
    """Who can call tools here."""
    workspace_id = web.principal().workspace_id
    workspace = facts.now_of(workspace_id)
    return render_template(
        "agents/agents.html",
        clients=lines.standing(EXTERNAL_CLIENTS, workspace),
        external=EXTERNAL_CLIENTS,
        agents=[(it, lines.standing(holding.holder(it), workspace)) for it in service.every(workspace_id)],
        archived=service.every(workspace_id, archived=True),
        connections=connected.connections(workspace_id),
        last_call=search.last_call(workspace_id),
        **words(),
    )


@blueprint.get("/dashboard/agents/new")
@door(may(Permission.AGENTS_EDIT))
def new_agent() -> Any:
    """The form for one more."""
    return _form(WantedAgent(""))


@blueprint.post("/dashboard/agents")
@door(may(Permission.AGENTS_EDIT))
def create_agent() -> Any:
    """Make it, and go on to what it may call."""
    form = request.form
    wanted = WantedAgent(form.get("name", ""), form.get("kind", ""), form.get("instructions", ""))
    try:
        made = service.create(wanted, principal=web.principal())
    except Mistake as problem:
        return _form(wanted, problem)
    said = f"{made.name} is a draft. Switch on what it may call."
    return web.after_change(url_for("agents.actions", holder=made.id), said)


def _form(wanted: WantedAgent, problem: Mistake | None = None) -> Any:
    errors = {problem.field: problem.message} if problem else {}
    return render_template("agents/new_agent.html", wanted=wanted, errors=errors, **words()), 422 if problem else 200
