"""One agent: what it is told, whether it works, and its way to the archive and back."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from halo import web
from halo.agents import service
from halo.agents.endpoints import blueprint
from halo.agents.models import Agent
from halo.agents.service import WantedAgent
from halo.agents.vocabulary import ICONS, KINDS, STATUSES, TITLES
from halo.ground import agent_limits
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.web import door, may
from halo.workspaces.accounts import people

AGENT = "/dashboard/agents/<uuid:agent_id>"


@blueprint.get(AGENT)
@door(may(Permission.AGENTS_VIEW))
def agent(agent_id: object) -> Any:
    """Its name, kind, instructions and status."""
    return _page(_found(agent_id))


@blueprint.post(AGENT)
@door(may(Permission.AGENTS_EDIT))
def change_agent(agent_id: object) -> Any:
    """Save them."""
    found, form = _found(agent_id), request.form
    wanted = WantedAgent(*(form.get(name, "") for name in ("name", "kind", "instructions", "status")))
    try:
        service.change(found.id, wanted, principal=web.principal())
    except Mistake as problem:
        return _page(found, wanted, problem)
    return web.after_change(url_for("agents.agent", agent_id=found.id), "Saved. In force from the next call.")


@blueprint.post(f"{AGENT}/archive")
@door(may(Permission.AGENTS_EDIT))
def archive_agent(agent_id: object) -> Any:
    """Take it out of use."""
    gone = service.archive(str(agent_id), principal=web.principal())
    said = f"{gone.name} is archived and calls nothing any more. It can be restored from the end of this page."
    return web.after_change(url_for("agents.agents"), said)


@blueprint.post(f"{AGENT}/restore")
@door(may(Permission.AGENTS_EDIT))
def restore_agent(agent_id: object) -> Any:
    """Bring it back, as a draft."""
    found = _found(agent_id)
    try:
        service.restore(found.id, principal=web.principal())
    except Mistake as problem:
        return _page(found, problem=problem)
    said = f"{found.name} is back as a draft, with the switches that it had."
    return web.after_change(url_for("agents.agent", agent_id=found.id), said)


def words() -> dict[str, Any]:
    """What the pages of agents say of kinds and states."""
    return {
        "kinds": KINDS,
        "kind_titles": TITLES,
        "kind_icons": ICONS,
        "statuses": STATUSES,
        "most": agent_limits.AGENT_INSTRUCTIONS_CHARACTERS,
        "may_edit": web.principal().may(Permission.AGENTS_EDIT),
    }


def _found(agent_id: object) -> Agent:
    return service.get(str(agent_id), principal=web.principal())


def _page(found: Agent, wanted: WantedAgent | None = None, problem: Mistake | None = None) -> Any:
    context = {
        "agent": found,
        "wanted": wanted or WantedAgent(**service.values_of(found)),
        "errors": {problem.field: problem.message} if problem else {},
        "people": people.names_of([found.created_by, found.changed_by]),
    }
    return render_template("agents/agent.html", **context, **words()), 422 if problem else 200
