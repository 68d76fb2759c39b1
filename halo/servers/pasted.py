"""Credentials that a person pastes: what each way of signing in takes, and whether a header can carry it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from halo.ground.errors import Mistake
from halo.ground.server_limits import SERVER_CREDENTIAL_CHARACTERS
from halo.servers import clients

METHODS = {
    "none": "Nothing is shown to the server.",
    "bearer": "A token that somebody pastes goes with each request.",
    "oauth2": "Halo signs in at the server's authorization server, or goes on from tokens that somebody pastes.",
}
"""Ways of signing in, each with its sentence."""
_TAKES = {"none": (), "bearer": ("token",), "oauth2": ("access_token", "refresh_token", "client_id", "client_secret")}
_CLIENT = ("client_id", "client_secret")
"""Of a client that somebody registered by hand."""
_SENDABLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was pasted; empty where there is nothing to show, or somebody has to sign in first."""

    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)

    @property
    def is_client_alone(self) -> bool:
        """Whether nothing stands here but a client: who was signed in before stays so."""
        return bool(self.client_id) and not self.access

    @property
    def authorization(self) -> str | None:
        """The header's value."""
        return f"Bearer {self.access}" if self.access else None


def checked(auth_method: str, given: Any) -> Pasted:
    """The credentials for this way of signing in; raises `Mistake` where they do not fit it."""
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        raise Mistake("credentials", 'Give the credentials as an object, such as {"token": "..."}.')
    takes = _TAKES[auth_method]
    if unknown := sorted(str(name) for name in given if name not in takes):
        fits = f"takes {' and '.join(takes)}" if takes else "takes no credentials"
        raise Mistake("credentials", f"The method {auth_method} {fits}, not {', '.join(unknown)[:100]}.")
    said = [name for name in takes if name not in _CLIENT and given.get(name) not in (None, "")]
    values = {name: _token(name, given[name]) for name in said}
    if auth_method == "bearer" and "token" not in values:
        raise Mistake("credentials", "The method bearer takes a token in the credentials.")
    if "refresh_token" in values and "access_token" not in values:
        raise Mistake("credentials", "A refresh_token goes with an access_token.")
    return Pasted(
        values.get("token") or values.get("access_token", ""), values.get("refresh_token", ""), *_client(given)
    )


def _client(given: Mapping[str, Any]) -> tuple[str, str]:
    client_id, secret = (given.get(name) or "" for name in _CLIENT)
    if not isinstance(client_id, str) or not isinstance(secret, str):
        raise Mistake("credentials", "client_id and client_secret are text.")
    try:
        return clients.checked(client_id, secret)
    except Mistake as problem:
        raise Mistake("credentials", problem.message) from None


def _token(name: str, value: Any) -> str:
    token = value.strip() if isinstance(value, str) else ""
    if token.lower().startswith("bearer "):
        raise Mistake("credentials", f"Leave the word Bearer out of {name}: Halo writes it.")
    if not _SENDABLE.fullmatch(token) or len(token) > SERVER_CREDENTIAL_CHARACTERS:
        raise Mistake(
            "credentials",
            f"{name} is text of at most {SERVER_CREDENTIAL_CHARACTERS:,} signs of ASCII, without spaces.",
        )
    return token
