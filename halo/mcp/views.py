"""The door `/api/mcp`, and its alias for each workspace; with or without a trailing slash, never a redirect."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, request
from mcp_types.jsonrpc import INTERNAL_ERROR, INVALID_REQUEST
from werkzeug.exceptions import RequestEntityTooLarge

import halo.mcp.tools  # noqa: F401 - fills the registry
from halo import limits, web
from halo.mcp import batch, caller, descriptor, exchange, protocol
from halo.mcp.arrival import Arrival, Reply
from halo.mcp.protocol import Problem
from halo.oauth import cors
from halo.perform import UNEXPECTED
from halo.web import BEARER, door

log = logging.getLogger("halo.mcp")
blueprint = Blueprint("mcp", __name__)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
STREAM = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_CORS = cors.headers()


@blueprint.route("/api/mcp", methods=METHODS, strict_slashes=False, provide_automatic_options=False)
@blueprint.route("/api/mcp/w/<slug>", methods=METHODS, strict_slashes=False, provide_automatic_options=False)
@door(BEARER)
def endpoint(slug: str | None = None) -> Response:  # noqa: ARG001 - the audience check reads the path
    """POST speaks JSON-RPC, GET describes, OPTIONS lets browsers in; nothing else is done here."""
    arrival = Arrival(request.environ, web.settings(), _body)
    try:
        if arrival.method == "OPTIONS":
            return Response(status=204, headers=cors.preflight(("GET", "POST", "DELETE")))
        caller.check_origin(arrival)
        if arrival.method in ("GET", "HEAD") and descriptor.is_wanted(arrival):
            return Response(descriptor.document(arrival), content_type="application/json")
        client = caller.admitted(arrival)
        if arrival.method != "POST":
            raise Problem(INVALID_REQUEST, "This address takes POST.", status=405, headers={"Allow": "POST"})
        value = arrival.read()
        reply = (batch if isinstance(value, list) else exchange).answer(value, client, arrival)
    except exchange.FAILURES as failure:
        reply = exchange.failed(failure, arrival, arrival.value)
    return _response(reply, arrival)


def _body() -> bytes:
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        raise Problem(INVALID_REQUEST, f"The body is larger than {limits.BODY_BYTES} bytes.", status=413) from None


def _response(reply: Reply, arrival: Arrival) -> Response:
    if reply.body is None:
        return Response(status=202, content_type="application/json")
    if reply.before or (reply.status == 200 and arrival.takes_only_events()):
        events = b"".join(b"event: message\ndata: " + said + b"\n\n" for said in (*reply.before, reply.body))
        return Response(events, 200, STREAM | dict(reply.headers), content_type="text/event-stream")
    return Response(reply.body, reply.status, dict(reply.headers), content_type="application/json")


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
