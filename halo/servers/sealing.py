"""The secrets of one server's sign-in, and how they are sealed: with the names of their row, issuer and origin inside.

A token is shown to the server that it is for and nobody else, so a row that was copied, or a server that was given
another address, opens nothing.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from halo.ground import vault
from halo.ground.errors import HaloError, UpstreamFailed
from halo.ground.server_limits import SERVER_TOKEN_EARLY_SECONDS
from halo.servers.models import ServerCredential
from halo.servers.registering import Registration
from halo.servers.tokens import Tokens

SIGN_IN_AGAIN = "The server has to be signed in to again."


class SignedOut(UpstreamFailed):
    """Nothing renews these credentials any more; a person has to sign in."""

    def __init__(self, message: str = SIGN_IN_AGAIN) -> None:
        super().__init__("refresh", message)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is sealed: the token, and all that renewing and revoking it takes."""

    access: str
    refresh: str = ""
    expires_at: float | None = None
    """Seconds since the epoch; None for what does not end, or where nobody said when."""
    scope: str = ""
    issued_at: float = 0.0
    client: Registration | None = None
    issuer: str = ""
    token_endpoint: str = ""
    revocation_endpoint: str = ""
    resource: str = ""

    @property
    def due_at(self) -> datetime | None:
        """When it has to be renewed, or, where nothing can, is at its end. What lives for less than two minutes is
        renewed after half of its life."""
        if self.expires_at is None:
            return None
        early = min(SERVER_TOKEN_EARLY_SECONDS, (self.expires_at - self.issued_at) / 2) if self.refresh else 0
        return datetime.fromtimestamp(self.expires_at - early, UTC)

    @property
    def tokens(self) -> Tokens:
        """The part that an authorization server issued."""
        return Tokens(self.access, self.refresh, self.expires_at, self.scope)

    @classmethod
    def of_tokens(cls, held: Tokens, **told: Any) -> Secrets:
        """Tokens that were issued just now; `told` is what renewing them takes."""
        return cls(held.access, held.refresh, held.expires_at, held.scope, time.time(), **told)

    def plain(self) -> str:
        """As JSON."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def of_plain(cls, text: str) -> Secrets:
        """The same back."""
        held: dict[str, Any] = orjson.loads(text)
        client = held.pop("client")
        return cls(**held, client=Registration(**client) if client else None)


def write(row: ServerCredential, secrets: Secrets, url: str) -> None:
    """Inside a change: these stand in the row now, as its next generation."""
    row.issuer, row.scope = secrets.issuer, secrets.scope
    row.sealed = vault.seal_for(secrets.plain(), *_names(row.workspace_id, row.server_id, secrets.issuer, url))
    row.expires_at = datetime.fromtimestamp(secrets.expires_at, UTC) if secrets.expires_at else None
    row.due_at = secrets.due_at
    row.generation += 1


def opened(sealed: str, workspace_id: str, server_id: str, issuer: str, url: str) -> Secrets:
    """What was sealed for this very row; raises `SignedOut` for what belongs elsewhere, or is of no key of ours."""
    try:
        return Secrets.of_plain(vault.open_for(sealed, *_names(workspace_id, server_id, issuer, url)))
    except HaloError as problem:
        raise SignedOut(f"{problem.message} {SIGN_IN_AGAIN}") from None


def _names(workspace_id: str, server_id: str, issuer: str, url: str) -> tuple[str, ...]:
    return "server credentials", workspace_id, server_id, issuer, origin_of(url)


def origin_of(url: str) -> str:
    """Scheme and host of an address: to whom secrets are shown."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
