"""Finding the authorization server of a server that wants a sign-in (MCP, authorization; RFC 9728, RFC 8414).

From the challenge to the resource's document, from there to the authorization server's. Every address on the way was
named by a stranger: all are fetched through the guarded way out, and what is put before a browser has to be https.
Which documents were looked at is handed back, so that a person can see how Halo came to its answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.ground.limits import SERVER_DOCUMENT_BYTES
from halo.ground.outbound import guard

RESOURCE = "/.well-known/oauth-protected-resource"
SERVER = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
_PARAMETER = re.compile(r'([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a `WWW-Authenticate` of the scheme Bearer says (RFC 6750 section 3, RFC 9728 section 5.1)."""

    resource_metadata: str | None = None
    scope: str | None = None
    error: str | None = None


def challenge(header: str) -> Challenge:
    """The parameters that are used; whatever else stands there is left out."""
    said = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(header)}
    return Challenge(said.get("resource_metadata") or None, said.get("scope"), said.get("error") or None)


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authorization server: what its metadata says, as far as Halo goes by it (RFC 8414 section 2)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    registration_endpoint: str | None = None
    revocation_endpoint: str | None = None
    scopes: tuple[str, ...] = ()
    methods: tuple[str, ...] = ("client_secret_basic",)
    """How clients may authenticate at the token endpoint."""
    takes_documents: bool = False
    """Whether a client may be named by the address of its metadata document."""
    tells_issuer: bool = False
    """Whether its answers carry `iss` (RFC 9207)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to sign in for a server."""

    issuer: Issuer
    resource: str
    """What tokens are asked for (RFC 8707)."""
    scopes: tuple[str, ...] | None
    """All that the resource knows of; None where it has no document, or the document none."""
    is_described: bool = True
    """False for a server of the first revision, which has no document of its own."""
    looked_at: tuple[tuple[str, int], ...] = field(default=(), compare=False)
    """Address and status of each document that was asked for."""


def find(url: str, told: Challenge) -> Place:
    """Where to sign in for the server at this address; inside `outbound.under`. Raises `UpstreamFailed("auth")`."""
    looked: list[tuple[str, int]] = []
    document = _first(_resource_documents(url, told), looked)
    if document is None:
        return Place(_of_origin(url, looked), canonical(url), None, is_described=False, looked_at=tuple(looked))
    resource = document.get("resource")
    if not isinstance(resource, str) or not covers(resource, url):
        raise UpstreamFailed("auth", "The server's document is for another resource than this address.")
    issuers = document.get("authorization_servers")
    if not isinstance(issuers, list) or not issuers or not isinstance(issuers[0], str):
        raise UpstreamFailed("auth", "The server's document names no authorization server.")
    issuer = _of_issuer(issuers[0], looked)
    return Place(issuer, resource, _texts(document.get("scopes_supported")), looked_at=tuple(looked))


def canonical(url: str) -> str:
    """The address as a resource: no fragment, scheme and host in small letters (RFC 8707 section 2)."""
    parts = urlsplit(url)
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower(), fragment="").geturl()


def covers(resource: str, url: str) -> bool:
    """Whether a resource is this address, or stands above it on the same origin."""
    wide, narrow = urlsplit(canonical(resource)), urlsplit(canonical(url))
    same_origin = (wide.scheme, wide.netloc) == (narrow.scheme, narrow.netloc)
    return same_origin and f"{narrow.path.rstrip('/')}/".startswith(f"{wide.path.rstrip('/')}/")


def _resource_documents(url: str, told: Challenge) -> Iterator[str]:
    if told.resource_metadata:
        yield told.resource_metadata
    origin, path = _split(url)
    if path:
        yield f"{origin}{RESOURCE}{path}"
    yield f"{origin}{RESOURCE}"


def _issuer_documents(issuer: str) -> tuple[str, ...]:
    origin, path = _split(issuer)
    if path:
        return f"{origin}{SERVER}{path}", f"{origin}{OPENID}{path}", f"{origin}{path}{OPENID}"
    return f"{origin}{SERVER}", f"{origin}{OPENID}"


def _of_issuer(issuer: str, looked: list[tuple[str, int]]) -> Issuer:
    document = _first(iter(_issuer_documents(issuer)), looked)
    if document is None:
        raise UpstreamFailed("auth", "The authorization server has no metadata document.")
    return described(document, issuer)


def _of_origin(url: str, looked: list[tuple[str, int]]) -> Issuer:
    """The authorization server of a server after 2025-03-26: its own origin, described or at the default paths."""
    origin, _ = _split(url)
    document = _first(iter((f"{origin}{SERVER}",)), looked)
    if document is not None:
        issuer = described(document, None)
        if _split(canonical(issuer.issuer))[0] != _split(canonical(url))[0]:
            raise UpstreamFailed("auth", "The authorization server's document names another issuer.")
        return issuer
    return Issuer(origin, f"{origin}/authorize", f"{origin}/token", f"{origin}/register", methods=())


def described(document: Mapping[str, Any], issuer: str | None) -> Issuer:
    """What a metadata document says; raises `UpstreamFailed("auth")` for one that Halo cannot go by.

    `issuer` is the one that the document was looked for under, which it has to name letter by letter (RFC 8414 3.3).
    """
    named = document.get("issuer")
    if not isinstance(named, str) or (issuer is not None and named != issuer):
        raise UpstreamFailed("auth", "The authorization server's document names another issuer.")
    challenges = _texts(document.get("code_challenge_methods_supported"))
    if issuer is not None and (challenges is None or "S256" not in challenges):
        raise UpstreamFailed("auth", "The authorization server does not offer PKCE with S256.")
    return Issuer(
        issuer=named,
        authorization_endpoint=_endpoint(document, "authorization_endpoint"),
        token_endpoint=_endpoint(document, "token_endpoint"),
        registration_endpoint=_endpoint(document, "registration_endpoint", is_needed=False) or None,
        revocation_endpoint=_endpoint(document, "revocation_endpoint", is_needed=False) or None,
        scopes=_texts(document.get("scopes_supported")) or (),
        methods=_texts(document.get("token_endpoint_auth_methods_supported")) or ("client_secret_basic",),
        takes_documents=document.get("client_id_metadata_document_supported") is True,
        tells_issuer=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _endpoint(document: Mapping[str, Any], name: str, *, is_needed: bool = True) -> str:
    url = document.get(name)
    if url is None and not is_needed:
        return ""
    if not isinstance(url, str) or len(url) > 2048 or not url.isprintable():
        raise UpstreamFailed("auth", f"The authorization server's document has no good {name}.")
    parts = urlsplit(url)
    if parts.scheme not in guard.present().policy.schemes or not parts.hostname:
        raise UpstreamFailed("auth", f"The authorization server's {name} is not an https address.")
    return url


def _first(urls: Iterator[str], looked: list[tuple[str, int]]) -> Mapping[str, Any] | None:
    """The first document that is there; a server that fails is a failure and no reason to look elsewhere."""
    for url in urls:
        status, document = _document(url)
        looked.append((url, status))
        if status == 429 or status >= 500:
            raise UpstreamFailed("auth", f"A document of the sign-in could not be read: it answered {status}.")
        if document is not None:
            return document
    return None


def _document(url: str) -> tuple[int, Mapping[str, Any] | None]:
    request = httpx.Request("GET", url, headers={"Accept": "application/json", "MCP-Protocol-Version": "2025-11-25"})
    with outbound.sent(request) as response:
        if response.status_code != 200:
            return response.status_code, None
        body = outbound.capped(response, SERVER_DOCUMENT_BYTES)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return 200, None  # a site that answers every address with a page
    return 200, document if isinstance(document, dict) else None


def _split(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(one for one in value if isinstance(one, str))
