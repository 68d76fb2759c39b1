"""Signing in at a server's authorization server: sending the browser there, and taking what it brings back.

The browser is sent on by a page and not by a redirect: Chrome applies `form-action` to where a form's answer leads, and
whoever is sent to a place that a stranger named shall see its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import abort, jsonify, render_template, request

from halo import web
from halo.external.endpoints import blueprint
from halo.ground import spoken
from halo.ground.errors import Busy, UpstreamFailed
from halo.ground.permissions import Permission
from halo.ground.server_limits import SERVER_SIGN_INS_PER_PERSON
from halo.servers import clients, listing, signing_in
from halo.servers.signing_in import Finished, NotFinished
from halo.web import OPEN, door, may, throttle

MANAGE = Permission.INTEGRATIONS_MANAGE
ENDED = {
    True: "Signed out. The authorization server took back what it had issued.",
    False: "Signed out here. The authorization server did not take back what it had issued: end it there.",
    None: "Signed out. There was nothing to take back at the authorization server, or no way to ask for it.",
}


@blueprint.post("/dashboard/integrations/mcp/<server>/sign-in")
@door(may(MANAGE))
def sign_in(server: str) -> Any:
    """Send the browser to the server's authorization server; always possible, whatever stands here now."""
    throttle.count(SERVER_SIGN_INS_PER_PERSON, "server-sign-in", web.principal().person_id)
    try:
        begun = signing_in.begin(server, principal=web.principal())
    except UpstreamFailed as problem:
        return _failed(problem.message, server, 502)
    return render_template("external/leaving.html", begun=begun, server=server)


@blueprint.get("/integrations/mcp/callback")
@door(may(MANAGE))
def signed_in() -> Any:
    """Where authorization servers send the browser back to: the one address that Halo registers with all of them."""
    try:
        finished = signing_in.finish(request.args.to_dict(flat=False), principal=web.principal())
    except NotFinished as problem:
        return _failed(problem.message, problem.slug, 502 if problem.stage else 400)
    return web.after_change(_page(finished.slug), " ".join(_said(finished)))


def _said(finished: Finished) -> Iterator[str]:
    """What came of a sign-in, after its first use: the list of tools."""
    yield f"Halo is signed in to {finished.name}."
    if finished.ends_at is not None:
        yield f"Nothing was given to renew it with, so it ends {spoken.iso(finished.ends_at)}."
        yield "Some authorization servers want a further parameter for that, such as access_type=offline."
    try:
        listing.refresh(finished.slug, principal=web.principal())
    except (UpstreamFailed, Busy) as problem:
        yield f"Its tools could not be listed yet: {problem.message}"


@blueprint.post("/dashboard/integrations/mcp/<server>/sign-out")
@door(may(MANAGE))
def sign_out(server: str) -> Any:
    """Show nothing to the server any more; its issuer is asked to take back what it issued."""
    revoked = signing_in.sign_out(server, principal=web.principal())
    return web.after_change(_page(server), ENDED[revoked])


@blueprint.post("/dashboard/integrations/mcp/<server>/client")
@door(may(MANAGE))
def enter_client(server: str) -> Any:
    """Be a client that somebody registered by hand, where the authorization server registers none by itself."""
    form = request.form
    found = signing_in.enter_client(
        server,
        form.get("client_id", ""),
        form.get("client_secret", ""),
        form.get("method", ""),
        principal=web.principal(),
    )
    own = form.get("client_id", "").strip()
    said = "The client is kept. Sign in to use it." if own else "Halo makes its own client at the next sign-in."
    return web.after_change(_page(found.slug), said)


@blueprint.get(clients.DOCUMENT)
@door(OPEN)
def client_document() -> Any:
    """Our client metadata document, by whose address authorization servers know us."""
    found = clients.document(clients.ourselves(web.settings()))
    if found is None:
        abort(404)
    response = jsonify(found)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _failed(message: str, slug: str, status: int) -> Any:
    shown = {"message": message, "server": slug, "page": _page(slug), "status": status}
    return render_template("external/not_signed_in.html", **shown), status


def _page(slug: str) -> str:
    """The server's page, or the list where nobody knows which server it was."""
    return f"/dashboard/integrations/mcp/{slug}" if slug else "/dashboard/integrations/mcp"
