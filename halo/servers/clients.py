"""Who Halo is at the authorization server of a server: by our metadata document, registered there, or typed in.

Kept with the server, sealed with the names of its row and its origin, so that the next sign-in is by the same client. A
client that a person typed in belongs to the first issuer that it is used at, and to none after that.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import orjson

from halo.ground import vault
from halo.ground.database import one_change
from halo.ground.errors import HaloError, Mistake, UpstreamFailed
from halo.ground.principal import Member
from halo.ground.server_limits import SERVER_CLIENT_CHARACTERS
from halo.ground.settings import Settings
from halo.ledger import changes
from halo.servers import registering, sealing
from halo.servers.authorization import Us
from halo.servers.discovery import Issuer
from halo.servers.models import Server
from halo.servers.registering import Registration

CALLBACK = "/integrations/mcp/callback"
DOCUMENT = "/integrations/mcp/client.json"
"""Where our client metadata document stands, which is our name wherever such are taken."""
METHODS = ("", *registering.OURS)
"""How a client that is typed in can prove itself; empty: as the authorization server's metadata says."""
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_SIGNS = re.compile(r"[\x20-\x7e]+")


def ourselves(settings: Settings) -> Us:
    """How authorization servers reach Halo."""
    is_public = settings.secure and urlsplit(settings.base_url).hostname not in _LOCAL
    return Us(settings.base_url + CALLBACK, settings.base_url + DOCUMENT if is_public else None)


def document(us: Us) -> dict[str, Any] | None:
    """Our client metadata document (Client ID Metadata Document); None where nobody could read it."""
    if us.document is None:
        return None
    return {
        "client_id": us.document,
        "client_name": registering.NAME,
        "client_uri": us.document.removesuffix(DOCUMENT),
        "redirect_uris": [us.callback],
        "grant_types": registering.GRANTS,
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "web",
    }


def held_for(server: Server) -> Registration | None:
    """The client that is kept for the server."""
    if not server.client:
        return None
    try:
        return Registration(**orjson.loads(vault.open_for(server.client, *_names(server))))
    except HaloError:
        return None  # of another address, or of a key that is gone: it is made or typed in anew


def fitting(held: Registration | None, issuer: Issuer) -> Registration | None:
    """The one for this issuer, where there is one; raises `UpstreamFailed` where a person typed in one for another."""
    if held is None or held.kind != "typed":
        return held
    if not held.issuer:
        method = held.method or registering.best_method(issuer, bool(held.secret))
        return replace(held, issuer=issuer.issuer, method=method)
    if held.issuer != issuer.issuer:
        raise UpstreamFailed(
            "auth", "The server names another authorization server than the one that its client is for. Enter a client."
        )
    return held


def keep(server: Server, client: Registration | None) -> None:
    """Inside a change: this is Halo's client for the server from now on."""
    server.client = vault.seal_for(orjson.dumps(client.plain()).decode(), *_names(server)) if client else ""


def enter(server: Server, client_id: str, secret: str, method: str, *, principal: Member) -> None:
    """A client that a person has from the authorization server's owner; without an id Halo goes back to its own way.
    Without a secret the one that is there stays, where the client is the same. Raises `Mistake`."""
    client_id, secret = checked(client_id, secret)
    if method not in METHODS:
        raise Mistake("method", f"Choose {', '.join(registering.OURS)}, or nothing.")
    with one_change() as session:
        held = session.get_one(Server, server.id, with_for_update=True)
        before = held_for(held)
        is_same = before is not None and before.kind == "typed" and before.client_id == client_id
        kept = secret or (before.secret if before is not None and is_same else "")
        client = Registration("", client_id, "typed", kept, method) if client_id else None
        keep(held, client)
        changes.record(
            "server.client_set",
            workspace_id=held.workspace_id,
            principal=principal,
            subject=("server", held.id, f"{held.name} ({held.slug})"),
            before=_facts(before),
            after=_facts(client) | ({"secret": "another"} if secret else {}),
        )


def checked(client_id: str, secret: str) -> tuple[str, str]:
    """Both as they are kept; raises `Mistake`."""
    client_id, secret = _signs("client_id", client_id), _signs("client_secret", secret)
    if secret and not client_id:
        raise Mistake("client_id", "A secret goes with a client id.")
    return client_id, secret


def _facts(client: Registration | None) -> dict[str, Any]:
    """What the history keeps: never the secret."""
    if client is None:
        return {"client": "Halo's own"}
    return {"client": client.client_id, "kind": client.kind, "method": client.method or "by metadata"}


def _signs(name: str, text: str) -> str:
    given = text.strip()
    if given and (len(given) > SERVER_CLIENT_CHARACTERS or not _SIGNS.fullmatch(given)):
        raise Mistake(name, f"{name} is one line of ASCII, at most {SERVER_CLIENT_CHARACTERS:,} signs.")
    return given


def _names(server: Server) -> tuple[str, ...]:
    return "server client", server.workspace_id, server.id, sealing.origin_of(server.url)
