"""What Halo shows to a server: what is told of it, a new sign-in, another token. The secret itself is never shown."""

from __future__ import annotations

from typing import Any

from flask import current_app, request, url_for

from halo import web
from halo.external import glances
from halo.external.endpoints import MANAGE, VIEW, blueprint, page
from halo.external.endpoints.wizard import callback
from halo.ground.errors import Mistake, UpstreamFailed
from halo.ground.server_limits import SERVER_CHANGES_PER_PERSON
from halo.servers import connecting, credential_facts
from halo.web import door, may, throttle

TAB, PARTIAL = "server_credentials", "_credentials"
SIGN_IN = "external.begin_sign_in"


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
    message = "The new token is shown from the next call on."
    if web.is_htmx():
        return _page(server, said=message)
    return page.changed(TAB, PARTIAL, server, message)


def _page(slug: str, status: int = 200, **context: Any) -> Any:
    found = connecting.get(slug, principal=web.principal())
    return page.shown(
        TAB,
        PARTIAL,
        slug,
        status,
        found=found,
        held=credential_facts.of(found),
        methods=glances.METHODS,
        callback=callback(),
        sign_in_href=url_for(SIGN_IN, server=slug) if SIGN_IN in current_app.view_functions else "",
        **context,
    )
