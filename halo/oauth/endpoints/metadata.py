"""Discovery: the protected-resource documents (RFC 9728) and the authorization server's (RFC 8414).

Everything in them is read off the code that it describes. One issuer in one spelling, without a trailing slash, and
one entry in `authorization_servers`: clients compare bytes and look at the first (S-04 to S-06, S-39).
An unknown workspace's alias is described like a known one, so that the documents tell nobody which workspaces exist;
a short name that none can have is no resource.
"""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request, url_for

from halo import web
from halo.ground import scopes
from halo.ground.text import names
from halo.oauth import authorization, challenge, registration, resources, steps
from halo.oauth.endpoints import error, expose
from halo.web import OPEN, door

PRM, AS = resources.METADATA_PATH, challenge.AS_METADATA_PATH
OIDC = "/.well-known/openid-configuration"
_MCP, _ALIAS = resources.MCP_PATH, resources.ALIAS_PREFIX + "<slug>"
_EVERYWHERE = (AS, AS + _MCP, AS + _ALIAS, OIDC, OIDC + _MCP, OIDC + _ALIAS, _MCP + OIDC, _ALIAS + OIDC)
_KEPT = "public, max-age=300"


@expose(PRM, PRM + _MCP, PRM + _ALIAS, method="GET")
@door(OPEN)
def protected_resource(slug: str = "") -> Response:
    """The document of the address that was asked for."""
    below = request.path.removeprefix(PRM)
    path = below if below.rstrip("/") else resources.MCP_PATH
    if resources.is_nobodys(path):
        return _no_resource()
    if slug:
        steps.note(steps.StepKind.DISCOVERED, slug=slug.lower(), caller=request.remote_addr or "")
    asked = resources.asked_in(request.query_string.decode("latin-1"))
    return _document({
        "resource": resources.asking_for(resources.of_path(web.settings(), path), asked),
        "authorization_servers": [web.settings().base_url],
        "scopes_supported": list(asked or scopes.ADVERTISED),
        "bearer_methods_supported": ["header"],
        "resource_name": "Halo",
        "resource_documentation": web.settings().base_url + url_for("documents.index"),
    })  # fmt: skip


@expose(*_EVERYWHERE, method="GET")
@door(OPEN)
def authorization_server(slug: str = "") -> Response:
    """The same document wherever a client looks for it (S-05)."""
    if slug and names.slug(slug) is None:
        return _no_resource()
    return _document(described(web.settings().base_url))


def _no_resource() -> Response:
    return error("not_found", "There is no such resource: no workspace can have this short name.", 404)


@expose("/.well-known/<path:rest>", method="GET")
@door(OPEN)
def not_known(rest: str) -> Response:  # noqa: ARG001
    """A probe for a document that does not exist gets JSON, never a page."""
    return error("not_found", "There is no such document.", 404)


def described(issuer: str) -> dict[str, Any]:
    """RFC 8414 section 2 for this issuer."""
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + url_for("oauth.authorize"),
        "token_endpoint": issuer + url_for("oauth.token"),
        "registration_endpoint": issuer + url_for("oauth.register"),
        "revocation_endpoint": issuer + url_for("oauth.revoke"),
        "scopes_supported": [*scopes.ADVERTISED, scopes.OFFLINE],
        "response_types_supported": list(registration.RESPONSE_TYPES),
        "response_modes_supported": ["query"],
        "grant_types_supported": list(registration.GRANT_TYPES),
        "token_endpoint_auth_methods_supported": list(registration.AUTH_METHODS),
        "revocation_endpoint_auth_methods_supported": list(registration.AUTH_METHODS),
        "code_challenge_methods_supported": list(authorization.CODE_CHALLENGE_METHODS),
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": web.settings().client_documents,
        "service_documentation": issuer + url_for("documents.index"),
    }


def _document(body: dict[str, Any]) -> Response:
    return current_app.make_response((body, 200, {"Cache-Control": _KEPT}))
