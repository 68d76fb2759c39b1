"""Signing in at a server for a workspace, over two web requests (MCP, authorization; OAuth 2.1).

`begun` finds out where, becomes a client there, and says which address a browser has to open; what has to be known when
it comes back is a `Pending`, which whoever calls keeps (sealed, bound to the person, single use). `finished` takes the
answer. Between the two nothing is remembered here, so any worker can take the second half.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from halo.ground.errors import UpstreamFailed
from halo.servers import registering, tokens
from halo.servers.discovery import Challenge, Issuer, Place
from halo.servers.registering import Registration
from halo.servers.tokens import SignInRefused, Tokens

OFFLINE = "offline_access"


@dataclass(frozen=True, slots=True)
class Us:
    """How Halo is reached from outside."""

    callback: str
    document: str | None
    """The address of our client metadata document; None without a public https address."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person set for the sign-in at one server."""

    scope: str = ""
    """Instead of what the server asks for."""
    extra: Mapping[str, str] | None = None
    """Further parameters of the authorization address, such as `access_type=offline`."""
    omits_resource: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in between its two halves; to be sealed."""

    state: str
    verifier: str
    issuer: str
    token_endpoint: str
    revocation_endpoint: str
    tells_issuer: bool
    client: Registration
    resource: str
    """Empty where it is left out."""
    scope: str

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> Pending:
        """The same back."""
        return cls(**{**plain, "client": Registration(**plain["client"])})


def begun(
    place: Place,
    told: Challenge,
    *,
    us: Us,
    client: Registration | None = None,
    wishes: Wishes | None = None,
    before: str = "",
) -> tuple[str, Pending]:
    """The address for the browser, and what has to be known when it comes back; inside `outbound.under`.

    `client` is the one that is kept for this server: used where it belongs to this issuer and callback, replaced
    otherwise. `before` is the scope that was granted so far, which a step up keeps.
    """
    wishes = wishes or Wishes()
    scope = wishes.scope or joined(before, scope_for(place, told))
    if client is None or not _fits(client, place.issuer, us):
        client = registering.registered(
            place.issuer, redirect_uri=us.callback, document=us.document, scope=scope or None
        )
    resource = "" if wishes.omits_resource or not place.is_described else place.resource
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    address = prepare_grant_uri(
        place.issuer.authorization_endpoint,
        client.client_id,
        "code",
        redirect_uri=us.callback,
        scope=scope or None,
        state=state,
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
        resource=resource or None,
        **{name: value for name, value in (wishes.extra or {}).items() if name not in RESERVED},
    )
    issuer = place.issuer
    pending = Pending(
        state, verifier, issuer.issuer, issuer.token_endpoint, issuer.revocation_endpoint or "", issuer.tells_issuer,
        client, resource, scope,
    )  # fmt: skip
    return address, pending


RESERVED = frozenset({
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
    "resource",
})  # fmt: skip
"""Parameters that no wish of a person may replace."""


def finished(pending: Pending, answer: Mapping[str, str], *, callback: str) -> Tokens:
    """The tokens for what the browser brought back; inside `outbound.under`.

    The issuer is looked at before anything else, so that a code never goes to another than the one that gave it (RFC
    9207). Raises `SignInRefused` where the authorization server or its person said no.
    """
    if not hmac.compare_digest(answer.get("state", ""), pending.state):
        raise UpstreamFailed("auth", "This answer belongs to another sign-in.")
    _check_issuer(pending, answer.get("iss"))
    if "error" in answer:
        raise SignInRefused(answer["error"])
    if not answer.get("code"):
        raise UpstreamFailed("auth", "The authorization server sent no code.")
    fields = {"code": answer["code"], "redirect_uri": callback, "code_verifier": pending.verifier}
    if pending.resource:
        fields["resource"] = pending.resource
    return tokens.redeemed(pending.token_endpoint, pending.client, fields, asked_scope=pending.scope)


def scope_for(place: Place, told: Challenge) -> str:
    """What to ask for: the challenge's scope, else all that the resource knows, else nothing; with a refresh token
    where one is offered (2026-07-28, scope selection)."""
    scope = told.scope if told.scope is not None else " ".join(place.scopes or ())
    asks_offline = OFFLINE in place.issuer.scopes and OFFLINE not in scope.split()
    return joined(scope, OFFLINE) if scope and asks_offline else scope


def joined(before: str, now: str) -> str:
    """Both scopes, each word once, in order."""
    return " ".join(dict.fromkeys([*before.split(), *now.split()]))


def _fits(client: Registration, issuer: Issuer, us: Us) -> bool:
    return client.issuer == issuer.issuer and client.redirect_uri in ("", us.callback)


def _check_issuer(pending: Pending, said: str | None) -> None:
    if said is None and not pending.tells_issuer:
        return
    if said != pending.issuer:
        raise UpstreamFailed("auth", "The answer does not come from the authorization server that was asked.")
