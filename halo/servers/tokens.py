"""The token endpoint of a stranger: a code or a refresh token becomes tokens (RFC 6749 sections 4.1.3, 5 and 6).

Authlib writes the requests; sending, sizes and what an answer means are ours. What a server says in its errors is never
shown: its code is, where it is one of the few that RFCs name.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import httpx
import orjson
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_token_request

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.ground.limits import SERVER_DOCUMENT_BYTES

if TYPE_CHECKING:
    from halo.servers.registering import Registration

WORDS = {
    "invalid_grant": "The authorization server no longer knows the sign-in.",
    "invalid_client": "The authorization server does not know Halo as a client, or not with this secret.",
    "unauthorized_client": "The authorization server does not let this client sign in so.",
    "invalid_scope": "The authorization server does not know a scope that was asked for.",
    "invalid_target": "The authorization server does not know the server as a resource.",
    "invalid_request": "The authorization server does not understand the request.",
    "unsupported_grant_type": "The authorization server does not issue tokens in this way.",
    "access_denied": "Whoever was asked at the authorization server said no.",
    "invalid_client_metadata": "The authorization server does not take Halo's registration.",
    "invalid_redirect_uri": "The authorization server does not take Halo's callback address.",
    "server_error": "The authorization server failed.",
    "temporarily_unavailable": "The authorization server has too much to do.",
}
LIFETIME = 3600
"""Seconds after which a token is renewed of which nothing is said."""
ENTRA_WANTS_NO_RESOURCE = "AADSTS9010010"
"""Microsoft's way of saying that `resource` has to be left out."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in gave; to be sealed."""

    access: str
    refresh: str
    expires_at: float | None
    """Seconds since the epoch; None where nothing is said of it and nothing can renew it."""
    scope: str

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


class SignInRefused(UpstreamFailed):
    """The authorization server said no; `code` is its word for it (RFC 6749 section 5.2), empty for none of those."""

    def __init__(self, code: str, hint: str = "") -> None:
        super().__init__("auth", (WORDS.get(code, "The authorization server refused the sign-in.") + hint).strip())
        self.code = code if code in WORDS else ""


def redeemed(endpoint: str, client: Registration, fields: Mapping[str, str], *, asked_scope: str) -> Tokens:
    """The tokens for a code; a server that takes the client's authentication otherwise than its metadata says is tried
    once so (Basic and POST)."""
    return _tokens(_requested(endpoint, client, "authorization_code", fields), "", asked_scope)


def refreshed(endpoint: str, client: Registration, held: Tokens, resource: str | None) -> Tokens:
    """New tokens for a refresh token, which stays where the server sends no other."""
    fields = {"refresh_token": held.refresh} | ({"resource": resource} if resource else {})
    return _tokens(_requested(endpoint, client, "refresh_token", fields), held.refresh, held.scope)


def revoke(endpoint: str, client: Registration, held: Tokens) -> bool:
    """Whether the authorization server took back what it issued (RFC 7009)."""
    wanted = [("refresh_token", held.refresh)] if held.refresh else [("access_token", held.access)]
    for hint, token in wanted:
        body = prepare_token_request("", token=token, token_type_hint=hint).partition("&")[2]
        status, _ = _sent(endpoint, client, body)
        if status != 200:
            return False
    return True


def posted_json(endpoint: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer to a JSON document that creates something (RFC 7591 section 3)."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    status, said = _answer(httpx.Request("POST", endpoint, content=orjson.dumps(document), headers=headers))
    if status not in (200, 201):
        raise _refused(status, said)
    return said


def _requested(endpoint: str, client: Registration, grant: str, fields: Mapping[str, str]) -> Mapping[str, Any]:
    body = prepare_token_request(grant, **fields)
    status, said = _sent(endpoint, client, body)
    if status == 401 and said.get("error") == "invalid_client" and (other := _OTHER.get(client.method)):
        status, said = _sent(endpoint, client, body, other)
    if status != 200:
        raise _refused(status, said)
    return said


_OTHER = {"client_secret_basic": "client_secret_post", "client_secret_post": "client_secret_basic"}


def _sent(endpoint: str, client: Registration, body: str, method: str = "") -> tuple[int, Mapping[str, Any]]:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    proof = ClientAuth(client.client_id, client.secret, method or client.method)
    url, headers, body = proof.prepare("POST", endpoint, headers, body)
    return _answer(httpx.Request("POST", url, content=body.encode(), headers=headers))


def _answer(request: httpx.Request) -> tuple[int, Mapping[str, Any]]:
    with outbound.sent(request) as response:
        body = outbound.capped(response, SERVER_DOCUMENT_BYTES)
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = {}
    return response.status_code, said if isinstance(said, dict) else {}


def _refused(status: int, said: Mapping[str, Any]) -> UpstreamFailed:
    if status == 429 or status >= 500:
        return UpstreamFailed("http", f"The authorization server answered {status}.")
    wants_none = ENTRA_WANTS_NO_RESOURCE in str(said.get("error_description", ""))
    return SignInRefused(
        str(said.get("error", "")), " Switch on “Leave out resource” for this server." if wants_none else ""
    )


def _tokens(said: Mapping[str, Any], kept: str, scope: str) -> Tokens:
    access, refresh = said.get("access_token"), said.get("refresh_token")
    if not isinstance(access, str) or not access or not access.isascii() or not access.isprintable():
        raise UpstreamFailed("auth", "The authorization server's answer holds no access token.")
    if str(said.get("token_type", "bearer")).lower() != "bearer":
        raise UpstreamFailed("auth", "The authorization server issues tokens of a kind that Halo does not send.")
    refresh = refresh if isinstance(refresh, str) and refresh else kept
    return Tokens(
        access,
        refresh,
        _end(said.get("expires_in"), refresh),
        said["scope"] if isinstance(said.get("scope"), str) else scope,
    )


def _end(lives: object, refresh: str) -> float | None:
    with contextlib.suppress(TypeError, ValueError):
        seconds = float(lives)  # type: ignore[arg-type] # some send it as text
        if 0 < seconds < 10**9 and not isinstance(lives, bool):
            return time.time() + seconds
    return time.time() + LIFETIME if refresh else None
