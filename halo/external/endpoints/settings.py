"""The settings of a server: how it is called and reached, whose it is, to whom it is offered, and letting go of it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from halo import web
from halo.external import drafts, glances
from halo.external.endpoints import blueprint, page
from halo.external.endpoints.page import MANAGE, VIEW
from halo.external.endpoints.wizard import WHOSE
from halo.ground.errors import Mistake, UpstreamFailed
from halo.ground.server_limits import SERVER_CALL_SECONDS, SERVER_CHANGES_PER_PERSON
from halo.servers import connecting, tool_lines
from halo.web import door, may, throttle

TAB, PARTIAL = "server_settings", "_settings"


@blueprint.get("/dashboard/integrations/mcp/<server>/settings")
@door(may(VIEW))
def server_settings(server: str) -> Any:
    """What can be set, as it stands."""
    return _page(server)


@blueprint.post("/dashboard/integrations/mcp/<server>/settings")
@door(may(MANAGE))
def save_server(server: str) -> Any:
    """Save it; another way to the server has to work before it counts."""
    throttle.count(SERVER_CHANGES_PER_PERSON, "server-changes", web.principal().person_id)
    try:
        connecting.change(server, _given(), principal=web.principal())
    except Mistake as problem:
        field = {"wishes": "scope"}.get(problem.field, problem.field)
        return _page(server, 422, held=request.form, errors={field: problem.message})
    except UpstreamFailed as problem:
        return _page(server, 502, held=request.form, errors={"url": problem.message})
    return _changed(server, "Saved. It is in force from the next call on.")


@blueprint.post("/dashboard/integrations/mcp/<server>/on")
@door(may(MANAGE))
def switch_server_on(server: str) -> Any:
    """Its tools can be called again."""
    connecting.change(server, {"is_on": True}, principal=web.principal())
    return _changed(server, "It is on: its accepted tools can be called.")


@blueprint.post("/dashboard/integrations/mcp/<server>/off")
@door(may(MANAGE))
def switch_server_off(server: str) -> Any:
    """None of its tools is called."""
    connecting.change(server, {"is_on": False}, principal=web.principal())
    return _changed(server, "It is off: none of its tools is called, from the next call on.")


@blueprint.route("/dashboard/integrations/mcp/<server>/disconnection", methods=["GET", "POST"])
@door(may(MANAGE))
def disconnect(server: str) -> Any:
    """Asks once more, with who would miss it; then lets go of the server."""
    principal = web.principal()
    if request.method == "POST":
        farewell = connecting.disconnect(server, principal=principal)
        return web.after_change(url_for("external.servers"), farewell.sentence)
    found = connecting.get(server, principal=principal)
    lines = [line for line in tool_lines.lines(found, principal=principal) if line.used_by or line.calls]
    return render_template("external/disconnect.html", server=found, lines=lines)


def _given() -> dict[str, Any]:
    form = request.form
    given = {
        "name": form.get("name", ""),
        "url": form.get("url", "").strip(),
        **drafts.reached(form),
        "is_ours": form.get("whose") == "ours",
        "sends_assertion": form.get("sends_assertion") == "on",
        "for_clients": form.get("for_clients") == "on",
    }
    # An object is merged field by field: names that are not in the form any more are taken out.
    found = connecting.get(str((request.view_args or {})["server"]), principal=web.principal())
    given["headers"] = dict.fromkeys(found.headers) | given["headers"]
    return given


def _changed(server: str, message: str) -> Any:
    return page.changed(TAB, _page, server, message)


def _page(slug: str, status: int = 200, **context: Any) -> Any:
    found = connecting.get(slug, principal=web.principal())
    held = context.pop("held", None)
    return page.shown(
        TAB,
        PARTIAL,
        slug,
        status,
        found=found,
        held=held if held is not None else drafts.written(found),
        whose=WHOSE,
        call_seconds=SERVER_CALL_SECONDS,
        methods=glances.METHODS,
        **context,
    )
