"""The list of connected servers, and one of them at a glance."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for

from halo import web
from halo.external import glances
from halo.external.endpoints import blueprint, page
from halo.external.endpoints.page import MANAGE, VIEW
from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground.server_limits import SERVER_CHANGES_PER_PERSON, SERVERS_PER_WORKSPACE
from halo.servers import connecting, listing
from halo.web import door, may, throttle


@blueprint.get("/dashboard/integrations/mcp")
@door(may(VIEW))
def servers() -> Any:
    """What is connected, and how each stands; shown while the flag is off, too."""
    principal = web.principal()
    is_on = flags.is_on(MCP_EXTERNAL_SERVERS, workspace_id=principal.workspace_id)
    return render_template(
        "external/servers.html",
        glances=glances.every(principal.workspace_id),
        is_on=is_on,
        may_manage=principal.may(MANAGE),
        most=SERVERS_PER_WORKSPACE,
        methods=glances.METHODS,
        tones=page.TONES,
    )


@blueprint.get("/dashboard/integrations/mcp/<server>")
@door(may(VIEW))
def server(server: str) -> Any:
    """One server: where it stands, what it is used for, and what comes next."""
    found = connecting.get(server, principal=web.principal())
    (glance,) = (each for each in glances.every(found.workspace_id) if each.server.id == found.id)
    return page.shown(
        "server", "_overview", server, found=found, glance=glance, methods=glances.METHODS, steps=_steps(glance)
    )


@blueprint.post("/dashboard/integrations/mcp/<server>/refresh")
@door(may(MANAGE))
def look_again(server: str) -> Any:
    """Ask the server for its tools now; what is new or changed is held."""
    throttle.count(SERVER_CHANGES_PER_PERSON, "server-changes", web.principal().person_id)
    found = listing.refresh(server, principal=web.principal()).found
    said = ", ".join(f"{len(names)} {kind}" for kind, names in found.items())
    message = f"Its list was read: {said}." if said else "Its list was read: nothing is new."
    return web.after_change(url_for("external.server_tools", server=server), message)


def _steps(glance: glances.ServerGlance) -> list[dict[str, Any]]:
    """What is left until an agent calls it."""
    slug = glance.server.slug
    needs_sign_in = glance.stands.word == "needs_sign_in"
    return [
        {
            "title": "Sign in",
            "sentence": "Halo shows the server who asks." if needs_sign_in else "Halo is let in.",
            "done": not needs_sign_in,
            "href": url_for("external.server_credentials", server=slug),
            "action": "Sign in",
        },
        {
            "title": "Review its tools",
            "sentence": "What it lists counts only once a person has accepted it.",
            "done": bool(glance.accepted) and not glance.held,
            "href": url_for("external.server_tools", server=slug),
            "action": "Review",
        },
        {
            "title": "Say whose data each tool reaches",
            "sentence": "One that nobody has sorted is offered to no agent. Halo suggests what to lock.",
            "done": bool(glance.accepted) and not glance.unsorted,
            "href": url_for("external.server_tools", server=slug),
            "action": "Sort",
        },
        {
            "title": "Switch some on for an agent",
            "sentence": "Everything starts switched off, under AI Agents > Actions.",
            "done": bool(glance.agents),
            "href": url_for("agents.agents"),
            "action": "AI Agents",
        },
    ]
