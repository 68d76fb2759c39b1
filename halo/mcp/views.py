"""The door `/api/mcp`, and its alias for each workspace; with or without a trailing slash, never a redirect."""

from __future__ import annotations

from flask import Blueprint, Response, request
from mcp_types.jsonrpc import INVALID_REQUEST
from werkzeug.exceptions import RequestEntityTooLarge

from halo import web
from halo.ground import limits
from halo.mcp import entrance, front
from halo.mcp.arrival import Arrival
from halo.mcp.protocol import Problem
from halo.web import BEARER, door

blueprint = Blueprint("mcp", __name__)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@blueprint.route("/api/mcp", methods=METHODS, strict_slashes=False, provide_automatic_options=False)
@blueprint.route("/api/mcp/w/<slug>", methods=METHODS, strict_slashes=False, provide_automatic_options=False)
@door(BEARER)
def endpoint(slug: str | None = None) -> Response:  # noqa: ARG001 - the audience check reads the path
    """POST speaks JSON-RPC, GET describes, OPTIONS lets browsers in; nothing else is done here."""
    status, headers, body = entrance.answer(Arrival(request.environ, web.settings(), _body))
    response = Response(body, status, headers)
    if not body:
        response.headers.pop("Content-Type", None)
    return response


def _body() -> bytes:
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        raise Problem(INVALID_REQUEST, f"The body is larger than {limits.BODY_BYTES} bytes.", status=413) from None


blueprint.record_once(front.install)
