"""The customer's identity travels, proven: a short-lived signed statement with each call to a server of the workspace's
own (`Halo-Assertion`), and the keys with which anybody can check it (`/.well-known/jwks.json`).

ES256 (RFC 7518). It is good for a minute, for one server (`aud`), for one call (`jti`, the tool, the digest of the
arguments), and names the customer only where somebody proved who they are. It is never sent to a stranger's server, nor
past a redirect. Keys stay in the list after their turn as long as something signed by them can be good.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from joserfc import jwt
from joserfc.jwk import ECKey

from halo.ground.errors import Mistake
from halo.ground.principal import Customer

HEADER = "Halo-Assertion"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Call:
    """What is stated of one call."""

    audience: str
    """The server's address."""
    workspace: str
    """Its id."""
    tool: str
    arguments: Mapping[str, Any]
    agent: str | None = None
    conversation: str | None = None
    customer: Customer | None = None


def new_key() -> ECKey:
    """A key to sign with, named by its thumbprint (RFC 7638)."""
    key = ECKey.generate_key("P-256", auto_kid=False)
    return ECKey.import_key(key.as_dict(private=True), {"kid": key.thumbprint(), "use": "sig", "alg": "ES256"})


def signed(call: Call, key: ECKey, *, issuer: str) -> str:
    """The statement as a JWT in compact form."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": call.audience,
        "iat": now,
        "exp": now + SECONDS,
        "jti": secrets.token_urlsafe(16),
        "workspace": call.workspace,
        "tool": call.tool,
        "arguments_sha256": digest(call.arguments),
    }
    claims |= {name: value for name, value in (("agent", call.agent), ("conversation", call.conversation)) if value}
    if call.customer is not None:
        claims["sub"] = call.customer.end_user_id
        claims["customer"] = _customer(call.customer)
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)


def published(keys: Sequence[ECKey]) -> dict[str, Any]:
    """The public halves (RFC 7517)."""
    return {"keys": [key.as_dict(private=False) for key in keys]}


def digest(arguments: Mapping[str, Any]) -> str:
    """SHA-256 of the arguments as canonical JSON (RFC 8785), in hexadecimal; raises `Mistake` where there is none."""
    try:
        return hashlib.sha256(rfc8785.dumps(dict(arguments))).hexdigest()
    except rfc8785.CanonicalizationError:
        says = "This server is told the digest of the arguments: a whole number in them has to lie within 2^53."
        raise Mistake("arguments", says) from None


def _customer(customer: Customer) -> dict[str, str]:
    known = {
        "id": customer.end_user_id,
        "external_id": customer.external_id,
        "email": customer.email,
        "company_id": customer.company_id,
    }
    return {name: value for name, value in known.items() if value}
