"""What Halo shows to a server: what is told of it, a new sign-in, another token. The secret itself is never shown."""

from __future__ import annotations

from typing import Any

from flask import request

from halo import web
from halo.external import glances
from halo.external.endpoints import blueprint, page
from halo.external.endpoints.page import MANAGE, VIEW
from halo.ground.errors import Mistake, UpstreamFailed
from halo.ground.server_limits import SERVER_CHANGES_PER_PERSON
from halo.servers import clients, connecting, credential_facts
from halo.web import door, may, throttle

CLIENT_METHODS = {
    "": "As its metadata says",
    "client_secret_basic": "With its secret, in a header",
    "client_secret_post": "With its secret, in the form",
    "none": "Without a secret",
}
TAB, PARTIAL = "server_credentials", "_credentials"


@blueprint.get("/dashboard/integrations/mcp/<server>/credentials")
@door(may(VIEW))
def server_credentials(server: str) -> Any:
    """Kind, issuer, scope and expiry of what is kept."""
    return _page(server)


@blueprint.post("/dashboard/integrations/mcp/<server>/credentials")
@door(may(MANAGE))
def paste_token(server: str) -> Any:
    """Show another token to the server from the next call on, if it takes it."""
    throttle.count(SERVER_CHANGES_PER_PERSON, "server-changes", web.principal().person_id)
    given = {"auth_method": "bearer", "credentials": {"token": request.form.get("token", "").strip()}}
    try:
        connecting.change(server, given, principal=web.principal())
    except Mistake as problem:
        return _page(server, 422, errors={"token": problem.message})
    except UpstreamFailed as problem:
        return _page(server, 502, errors={"token": problem.message})
    return page.changed(TAB, _page, server, "The new token is shown from the next call on.")


def _page(slug: str, status: int = 200, **context: Any) -> Any:
    found = connecting.get(slug, principal=web.principal())
    return page.shown(
        TAB,
        PARTIAL,
        slug,
        status,
        found=found,
        held=credential_facts.kept_for(found),
        methods=glances.METHODS,
        callback=clients.ourselves(web.settings()).callback,
        methods_of_client=list(CLIENT_METHODS.items()),
        **context,
    )
