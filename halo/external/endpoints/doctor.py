"""The health of a server: its last real requests, and a look at it at any time, on the page or as a report to send."""

from __future__ import annotations

from typing import Any

from flask import Response, get_flashed_messages, stream_template

from halo import web
from halo.external import report
from halo.external.endpoints import blueprint, page
from halo.external.endpoints.page import MANAGE, VIEW
from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.ground.limits import SERVER_FAILURES, SERVER_REST_SECONDS
from halo.ground.outbound.overheard import Exchange
from halo.ground.server_limits import SERVER_CHANGES_PER_PERSON
from halo.servers import breaker, clients, connecting, credentials
from halo.servers.probing import Examination
from halo.web import door, may, throttle


@blueprint.get("/dashboard/integrations/mcp/<server>/health")
@door(may(VIEW))
def server_health(server: str) -> Any:
    """How its last real requests went."""
    found = connecting.get(server, principal=web.principal())
    return page.shown("server_health", "_health", server, found=found, examination=None, **_resting(found))


@blueprint.post("/dashboard/integrations/mcp/<server>/examination")
@door(may(MANAGE))
def examine_server(server: str) -> Any:
    """Look at it now, with what Halo shows to it; each line is sent as it is found."""
    examination, found = _examination(server)
    context = page.of_server(found, "server_health") | _resting(found) | {"examination": examination}
    get_flashed_messages(with_categories=True)  # the session cannot be written any more once the page is on its way
    shown = stream_template("external/server_health.html", **context)
    return Response(shown, mimetype="text/html", headers={"X-Accel-Buffering": "no"})


@blueprint.post("/dashboard/integrations/mcp/<server>/report")
@door(may(MANAGE))
def server_report(server: str) -> Any:
    """The same as a text to send to whoever runs it; no credential stands in it."""
    examination, found = _examination(server)
    text = report.written(examination)
    named = {"Content-Disposition": f'attachment; filename="halo-doctor-{found.slug}.txt"'}
    return Response(text, mimetype="text/plain", headers=named)


def _resting(found: Any) -> dict[str, Any]:
    """Whether it is left alone now, by the process that answers this."""
    rests_for = breaker.of_server(found.id, found.url).rests_for()
    return {"rests_for": rests_for, "failures": SERVER_FAILURES, "rest_seconds": SERVER_REST_SECONDS}


def _examination(slug: str) -> tuple[Examination, Any]:
    found = connecting.get(slug, principal=web.principal())
    throttle.count(SERVER_CHANGES_PER_PERSON, "server-changes", web.principal().person_id)
    try:
        shown = credentials.authorization(found.id, found.workspace_id)
    except UpstreamFailed:
        shown = None
    policy, us = outbound.servers(web.settings()), clients.ourselves(web.settings())
    authorization = shown.value if shown is not None else None
    made = Examination(
        found.url, policy, found.headers, authorization=authorization, has_document=us.document is not None
    )
    return made, found


@blueprint.app_template_filter("exchange")
def exchange(each: Exchange) -> str:
    """A request and what came back, as text."""
    return report.exchanged(each)
