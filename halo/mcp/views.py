"""The door `/api/mcp`, and its alias for each workspace; with or without a trailing slash, never a redirect."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request
from mcp_types.jsonrpc import INTERNAL_ERROR

import halo.mcp.tools  # noqa: F401 - fills the registry
from halo import web
from halo.mcp import batch, caller, descriptor, exchange, protocol, transport
from halo.mcp.protocol import Problem
from halo.mcp.transport import Arrival
from halo.oauth import cors
from halo.perform import UNEXPECTED
from halo.web import BEARER, door

log = logging.getLogger("halo.mcp")
blueprint = Blueprint("mcp", __name__)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_CORS = cors.headers()


@blueprint.route("/api/mcp", methods=METHODS, strict_slashes=False, provide_automatic_options=False)
@blueprint.route("/api/mcp/w/<slug>", methods=METHODS, strict_slashes=False, provide_automatic_options=False)
@door(BEARER)
def endpoint(slug: str | None = None) -> Response:  # noqa: ARG001 - the caller's check reads the path
    """POST speaks JSON-RPC, GET describes, OPTIONS lets browsers in; nothing else is done here."""
    arrival = Arrival(request._get_current_object(), web.settings())  # type: ignore[attr-defined]
    try:
        if arrival.method == "OPTIONS":
            return Response(status=204, headers=cors.preflight(("GET", "POST", "DELETE")))
        caller.check_origin(arrival)
        if arrival.method in ("GET", "HEAD") and descriptor.is_wanted(arrival):
            return Response(descriptor.document(arrival), content_type="application/json")
        client = caller.admitted(arrival)
        if arrival.method != "POST":
            return Response(status=405, headers={"Allow": "POST"})
        value = arrival.read()
        reply = (batch if isinstance(value, list) else exchange).answer(value, client, arrival)
    except exchange.FAILURES as failure:
        reply = exchange.failed(failure, arrival, arrival.value)
    return transport.response(reply, arrival)


@blueprint.after_request
def open_to_browsers(response: Response) -> Response:
    """Also on refusals: a client in a browser that cannot read the challenge never begins to sign in."""
    response.headers.extend(_CORS)
    return response


@blueprint.errorhandler(Exception)
def crashed(problem: Exception) -> Response:
    """A failure that nobody foresaw, as JSON-RPC: this door answers no pages."""
    log.error("the MCP door failed", exc_info=problem)
    failure = Problem(INTERNAL_ERROR, UNEXPECTED, status=500)
    return Response(protocol.error(protocol.NULL, failure), 500, content_type="application/json")
