"""The revocation endpoint (RFC 7009): idempotent, 200 whatever the token was."""

from __future__ import annotations

from typing import Any

from halo import web
from halo.ground import limits
from halo.ground.database import one_change
from halo.oauth.endpoints import error, expose, respond
from halo.oauth.endpoints.token import BadForm, form_request
from halo.oauth.resources import OAUTH_PATH
from halo.oauth.rfc import OAuthServer
from halo.web import OAUTH, door, limiter


@expose(f"{OAUTH_PATH}/revoke", method="POST")
@limiter.shared_limit(limits.TOKENS_PER_ADDRESS, scope="revoke-address")
@door(OAUTH)
def revoke() -> Any:
    """End a token: in force on the next call."""
    try:
        asked = form_request()
    except BadForm as problem:
        return error("invalid_request", str(problem))
    with one_change():
        return respond(OAuthServer(web.settings()).create_endpoint_response("revocation", asked))
