"""Who Halo is at an authorization server: a client typed in, our metadata document, or a registration (RFC 7591)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from halo.ground.errors import UpstreamFailed
from halo.servers import tokens
from halo.servers.discovery import Issuer

NAME = "Halo"
GRANTS = ["authorization_code", "refresh_token"]
OURS = ("client_secret_basic", "client_secret_post", "none")
"""How we can authenticate at a token endpoint, the best first."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A client of ours at one issuer; never used at another (2026-07-28, client registration)."""

    issuer: str
    client_id: str
    kind: str
    """`typed`, `document` or `registered`."""
    secret: str = ""
    method: str = "none"
    """How it authenticates at the token endpoint."""
    redirect_uri: str = ""
    """The callback that it was made for; one with another is made anew."""

    def plain(self) -> dict[str, Any]:
        """As JSON, to be sealed."""
        return asdict(self)


class NotOffered(UpstreamFailed):
    """The authorization server takes neither documents nor registrations: a client has to be typed in."""

    def __init__(self) -> None:
        super().__init__(
            "auth", "The authorization server registers no clients by itself; enter a client id from its owner."
        )


def typed(issuer: Issuer, client_id: str, secret: str, method: str | None = None) -> Registration:
    """A client that a person entered; the method after the metadata where none is pinned."""
    return Registration(issuer.issuer, client_id, "typed", secret, method or best_method(issuer, bool(secret)))


def registered(issuer: Issuer, *, redirect_uri: str, document: str | None, scope: str | None) -> Registration:
    """Our client at this issuer: by the address of our document where it takes such, else registered now.

    `document` is None where ours cannot be read from outside (no public https address). Raises `NotOffered`, or
    `UpstreamFailed("auth")` where the registration is refused.
    """
    if issuer.takes_documents and document is not None:
        return Registration(issuer.issuer, document, "document", redirect_uri=redirect_uri)
    if issuer.registration_endpoint is None:
        raise NotOffered
    asked: dict[str, Any] = {
        "client_name": NAME,
        "redirect_uris": [redirect_uri],
        "grant_types": GRANTS,
        "response_types": ["code"],
        "token_endpoint_auth_method": best_method(issuer, has_secret=True),
        "application_type": "web" if urlsplit(redirect_uri).scheme == "https" else "native",
    }
    said = tokens.posted_json(issuer.registration_endpoint, asked | ({"scope": scope} if scope else {}))
    client_id, secret = said.get("client_id"), said.get("client_secret")
    if not isinstance(client_id, str) or not client_id:
        raise UpstreamFailed("auth", "The authorization server's registration names no client.")
    secret = secret if isinstance(secret, str) else ""
    method = said.get("token_endpoint_auth_method", asked["token_endpoint_auth_method"])
    if method not in OURS:
        raise UpstreamFailed("auth", "The authorization server wants a client authentication that Halo does not have.")
    return Registration(
        issuer.issuer, client_id, "registered", secret, method if secret else "none", redirect_uri=redirect_uri
    )


def best_method(issuer: Issuer, has_secret: bool) -> str:
    """How to authenticate: with a secret the first of ours that the server offers, else not at all."""
    if not has_secret:
        return "none"
    return next((method for method in OURS if method in issuer.methods), "none" if not issuer.methods else OURS[0])
