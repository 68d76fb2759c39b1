"""The keys with which anybody checks what Halo states of a call (`Halo-Assertion`): public, for programs anywhere."""

from __future__ import annotations

from flask import Response, current_app, request

from halo.external.endpoints import blueprint
from halo.oauth import cors
from halo.servers import keys
from halo.web import OPEN, door

KEPT = "public, max-age=300"


@blueprint.route(
    "/.well-known/jwks.json", methods=["GET", "OPTIONS"], strict_slashes=False, provide_automatic_options=False
)
@door(OPEN)
def published_keys() -> Response:
    """A JSON Web Key Set (RFC 7517)."""
    if request.method == "OPTIONS":
        return current_app.make_response(("", 204, cors.preflight(["GET"])))
    return current_app.make_response((keys.published(), 200, cors.headers() | {"Cache-Control": KEPT}))
