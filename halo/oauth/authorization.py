"""The authorization request, checked by a visible list of small steps (RFC 6749 4.1.1, RFC 7636, RFC 8707).

The steps run in the order of `CHECKS`. Until client and redirect URI are known to belong together a wrong request
is told to the person (`Unanswerable`: a page, never a redirect); from there on it is told to the client
(`RefusedRequest`: a redirect with `error`, `state` and `iss`). What a client sends beside
these parameters does not matter (S-34).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, unquote_plus

from halo.ground import scopes
from halo.ground.errors import HaloError
from halo.ground.settings import Settings
from halo.oauth import cimd, clients, redirects, resources
from halo.oauth.models import OAuthClient

CODE_CHALLENGE_METHODS = ("S256",)
_PADDED = re.compile(r"[A-Za-z0-9+/]+={1,2}")
STATE_CHARACTERS = 4096
SCOPE_WORDS = 200
_CHALLENGE = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_ONCE = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method")


NOTHING = "Nothing was allowed, and nothing was sent to anybody."
"""How every page ends that tells a person why nothing came of a request."""


class Unanswerable(HaloError):
    """There is nobody to answer: the person reads it, under a title that names the cause."""

    def __init__(self, title: str, message: str) -> None:
        super().__init__(message)
        self.title = title


class RefusedRequest(HaloError):
    """What the client is told at its redirect URI: an RFC 6749 error code and a sentence."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


@dataclass
class AuthorizationRequest:
    """An authorization request while it is checked: what was sent, and what became of it."""

    sent: Mapping[str, Sequence[str]]
    settings: Settings
    client: OAuthClient = field(init=False)
    redirect_uri: str = field(init=False)
    resource: str = field(init=False)
    scope: str = field(init=False)

    def get(self, name: str) -> str | None:
        """The parameter's value; None where it is absent or empty (RFC 6749 section 3.1)."""
        values = self.sent.get(name) or [""]
        return values[0] or None

    def parameters(self) -> dict[str, Any]:
        """What the consent page keeps of a request that passed."""
        return {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.redirect_uri,
            "redirect_uri_sent": self.get("redirect_uri") is not None,
            "state": self.get("state"),
            "scope": self.scope,
            "code_challenge": self.get("code_challenge"),
            "code_challenge_method": self.get("code_challenge_method"),
            "resource": self.resource,
        }


def states_in(query: str) -> list[str]:
    """The states in the query of an authorization request, as whoever sent them meant them.

    A `+` in a query is a space (RFC 6749 appendix B). But VS Code sends Base64 as it is, reads a `+` in the answer as a
    space, and then says "State does not match". So in what is Base64 with its padding a plus is a plus.
    """
    pieces = (piece.partition("=") for piece in query.split("&"))
    sent = [value for name, _, value in pieces if unquote_plus(name) == "state"]
    return [plain if _PADDED.fullmatch(plain := unquote(value)) else unquote_plus(value) for value in sent]


def client_is_known(asked: AuthorizationRequest) -> None:
    client_id = asked.get("client_id")
    if client_id is None:
        raise Unanswerable("The app did not say who it is", "Its request has no client_id. Its maker can mend that.")
    try:
        client = clients.load(client_id, settings=asked.settings)
    except cimd.Unreadable as problem:
        raise Unanswerable(problem.title, problem.message) from None
    if client is None:
        raise Unanswerable(
            "This app is not known here",
            "Halo does not know this app. Its registration may have expired; remove the connection in the "
            "app and add it again.",
        )
    asked.client = client


def redirect_uri_is_registered(asked: AuthorizationRequest) -> None:
    """Exact match, but for the families of `halo.oauth.redirects`; may be left out where only one is registered."""
    uri, registered = asked.get("redirect_uri"), asked.client.redirect_uris
    if uri is None and len(registered) == 1:
        uri = registered[0]
    if uri is None:
        raise Unanswerable(
            "The app did not say where the answer goes",
            "Its request has no redirect_uri, and it registered several. Its maker can mend that.",
        )
    if problem := redirects.problem(uri):
        raise Unanswerable(
            "The answer cannot go where the app wants it",
            f"Halo sends no answer there. {problem} If somebody sent you this link, do not trust it.",
        )
    if len(asked.sent.get("redirect_uri", ())) > 1 or not clients.is_answered_at(asked.client, uri):
        raise Unanswerable(
            "The answer would go to a strange address",
            "The app asked for the answer at an address that it did not register. If somebody sent you this "
            "link, do not trust it; otherwise add the connection again in the app, or tell its maker.",
        )
    asked.redirect_uri = uri


def nothing_stands_twice(asked: AuthorizationRequest) -> None:
    for name in _ONCE:
        if len(asked.sent.get(name, ())) > 1:
            raise RefusedRequest("invalid_request", f"The parameter {name} stands twice.")


def state_is_sound(asked: AuthorizationRequest) -> None:
    """Any text will do, and none (S-30), but for what no database keeps and no header carries."""
    state = asked.get("state") or ""
    if len(state) > STATE_CHARACTERS or "\x00" in state:
        raise RefusedRequest("invalid_request", f"The state is longer than {STATE_CHARACTERS} characters or not text.")


def response_type_is_code(asked: AuthorizationRequest) -> None:
    if asked.get("response_type") is None:
        raise RefusedRequest("invalid_request", "The parameter response_type is missing.")
    if asked.get("response_type") != "code":
        raise RefusedRequest("unsupported_response_type", "The only response type is code.")
    if asked.get("response_mode") not in (None, "query"):
        raise RefusedRequest("invalid_request", "The only response mode is query.")


def pkce_is_used(asked: AuthorizationRequest) -> None:
    """Required of every client, S256 only (RFC 7636 section 4.3: an absent method would mean plain)."""
    challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
    if challenge is None:
        raise RefusedRequest("invalid_request", "The parameter code_challenge is missing: PKCE is required.")
    if method not in CODE_CHALLENGE_METHODS:
        raise RefusedRequest("invalid_request", "The only code_challenge_method is S256.")
    if not _CHALLENGE.fullmatch(challenge):
        raise RefusedRequest("invalid_request", "The code_challenge is not the base64url form of a SHA-256 digest.")


def resource_is_ours(asked: AuthorizationRequest) -> None:
    """Absent: our one resource (S-40). Named more than once: all have to mean the same."""
    named = [value for value in asked.sent.get("resource", ()) if value]
    meant = {resources.ours(asked.settings, value) for value in named} or {asked.settings.mcp_url}
    resource = meant.pop()
    if meant or resource is None:
        raise RefusedRequest("invalid_target", f"The resource here is {asked.settings.mcp_url}.")
    asked.resource = resource


def scope_is_known(asked: AuthorizationRequest) -> None:
    """Nothing asked: the default (S-41). Unknown words are dropped; where nothing is left, nothing can be granted."""
    words = (asked.get("scope") or "").split()
    if len(words) > SCOPE_WORDS:
        raise RefusedRequest("invalid_scope", f"More than {SCOPE_WORDS} scopes.")
    wanted = scopes.parse(" ".join(words)) if set(words) - {scopes.OFFLINE} else scopes.parse(scopes.DEFAULT_SCOPE)
    if not wanted:
        raise RefusedRequest("invalid_scope", f"Known scopes: {' '.join(scopes.ADVERTISED)}.")
    asked.scope = scopes.join(scopes.expand(wanted))


TO_THE_PERSON: tuple[Callable[[AuthorizationRequest], None], ...] = (client_is_known, redirect_uri_is_registered)
TO_THE_CLIENT: tuple[Callable[[AuthorizationRequest], None], ...] = (
    nothing_stands_twice,
    state_is_sound,
    response_type_is_code,
    pkce_is_used,
    resource_is_ours,
    scope_is_known,
)
CHECKS = (*TO_THE_PERSON, *TO_THE_CLIENT)
