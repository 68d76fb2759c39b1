"""The token endpoint (RFC 6749 3.2): a strict form in, JSON out, never stored, in one change.

An error here is answered and what it caused (a replayed code that ends its connection) is kept. `invalid_grant` with
400 for a dead refresh token, exactly: clients retry on anything else (S-44, S-48).
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from flask import Response, request
from werkzeug.datastructures import MultiDict

from halo import web
from halo.ground import limits, vault
from halo.ground.database import one_change
from halo.ground.telemetry.measures import TOKENS
from halo.oauth import connecting, steps
from halo.oauth.endpoints import error, expose, respond
from halo.oauth.resources import OAUTH_PATH
from halo.oauth.rfc import OAuthServer, sentences
from halo.oauth.rfc.adapters import OAuthRequest
from halo.web import OAUTH, door, limiter

FORM = "application/x-www-form-urlencoded"
BYTES = 32_000


class BadForm(Exception):
    """Why the request is not a form that can be read."""


def form_request() -> OAuthRequest:
    """The request's form, where every parameter stands once and an empty one is none (RFC 6749 section 3.2); raises
    `BadForm`."""
    if request.mimetype != FORM:
        raise BadForm(f"The body has to be a form ({FORM}).")
    request.max_content_length = BYTES
    form: MultiDict[str, str] = MultiDict(
        (name, value) for name, value in request.form.items(multi=True) if value and "\x00" not in name + value
    )
    twice = [name for name in form if name != "resource" and len(form.getlist(name)) > 1]
    if twice:
        raise BadForm("A parameter stands twice.")
    if not _readable(request.headers.get("Authorization", "")):
        raise BadForm("The Authorization header cannot be read.")
    return OAuthRequest(web.settings(), request.method, form, request.headers)


def who() -> str:
    """The client that asks, for its limit; hosted clients share addresses, so those have a high one (S-12).

    With its address, because ids are public: nobody uses up the limit of somebody else's client. Without its secret.
    The id of a document is shared by every install (S-24), so of those each is known by what it holds: one that
    retries a dead token for ever stops nobody else behind the same address.
    """
    named = request.form.get("client_id") or _basic_name(request.headers.get("Authorization", ""))
    held = (request.form.get("refresh_token") or request.form.get("code")) if "://" in named else None
    return vault.digest(f"{limits.visitor(request.remote_addr)} {named} {held or ''}")


@expose(f"{OAUTH_PATH}/token", "/token", method="POST")
@limiter.shared_limit(limits.TOKENS_PER_ADDRESS, scope="token-address")
@limiter.shared_limit(limits.TOKENS_PER_CLIENT, scope="token-client", key_func=who)
@door(OAUTH)
def token() -> Any:
    """A code or a refresh token for a pair of tokens."""
    try:
        asked = form_request()
    except BadForm as problem:
        return error("invalid_request", str(problem))
    if not asked.form.get("grant_type"):
        return error("invalid_request", sentences.MISSING.format("grant_type"))
    with one_change():
        response = respond(OAuthServer(web.settings()).create_token_response(asked))
    if response.status_code == 200:
        TOKENS.add(asked.form["grant_type"])
    if response.status_code >= 400 and asked.form.get("code"):
        _note(response, asked.form["code"])
    return response


def _note(response: Response, code: str) -> None:
    """For whoever watches the workspace that the code is of."""
    said = response.get_json(force=True, silent=True) or {}
    words = f"{said.get('error_description') or 'no reason given'} ({said.get('error')})"
    where = connecting.workspace_of_code(code)
    steps.note(steps.StepKind.NO_TOKEN, workspace_id=where, caller=request.remote_addr or "", sentence=words)


def _basic_name(authorization: str) -> str:
    """The client that a Basic header names; nothing where there is none that can be read."""
    try:
        return base64.b64decode(authorization.partition(" ")[2].strip()).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return ""


def _readable(authorization: str) -> bool:
    parts = authorization.split(None, 1)
    if len(parts) < 2 or parts[0].lower() != "basic":
        return len(parts) == 2 or " " not in authorization
    try:
        return "\x00" not in base64.b64decode(parts[1]).decode()
    except (binascii.Error, ValueError):
        return False
