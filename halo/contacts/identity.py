"""Identity tokens: how the workspace's own server vouches for an end user.

A JWT signed with HS256 and the workspace's identity secret. The claim `user_id` (or `sub`) says who; `exp` and `nbf`
are obeyed where present. Only HS256 is accepted, whatever the token's header says, so that neither `none` nor a
public key taken for a secret gets through.
"""

from __future__ import annotations

import binascii
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from halo.contacts.ingestion import parsing
from halo.ground.errors import Denied, Mistake, Reason

ALGORITHM = "HS256"
LONGEST_TOKEN = 8192
LEEWAY = 30
"""Seconds that the clocks of two servers may differ."""
UPDATE_SCOPE = "users.update"
UPDATE_SECONDS = 300
"""How long a token for bulk updates may live."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a good token names, and everything else it claims."""

    user_id: str
    claims: Mapping[str, Any]


def verify_identity(token: str, secret: str) -> Identity:
    """Whom the token names; raises `Denied(customer_token_invalid)` that says what is wrong with it."""
    claims = _claims(token, secret)
    user_id = claims.get("user_id", claims.get("sub"))
    if isinstance(user_id, int) and not isinstance(user_id, bool):
        user_id = str(user_id)
    if not isinstance(user_id, str) or not user_id.strip():
        raise _invalid("it has no claim user_id (nor sub)")
    return Identity(user_id.strip(), claims)


def verify_update(token: str, secret: str) -> Mapping[str, Any]:
    """The claims of a token for bulk updates: scope `users.update`, alive for five minutes at most; raises `Denied`."""
    claims = _claims(token, secret)
    scope = claims.get("scope")
    if not isinstance(scope, str) or UPDATE_SCOPE not in scope.split():
        raise _invalid(f"its claim scope is not {UPDATE_SCOPE!r}")
    expires, issued = claims.get("exp"), claims.get("iat", time.time())
    if not _is_number(expires):
        raise _invalid("it has no claim exp")
    if expires - min(issued, time.time()) > UPDATE_SECONDS + LEEWAY:
        raise _invalid(f"it lives longer than {UPDATE_SECONDS // 60} minutes")
    return claims


def _claims(token: str, secret: str) -> Mapping[str, Any]:
    if len(token) > LONGEST_TOKEN:
        raise _invalid(f"it is longer than {LONGEST_TOKEN} characters")
    try:
        signed = jws.deserialize_compact(token, OctKey.import_key(secret.encode()), algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError, RecursionError, binascii.Error):
        raise _invalid(f"it is not a JWT that this workspace's identity secret signed with {ALGORITHM}") from None
    try:
        # What it claims is stored as bodies are: by the same rules, or a row is written that nobody can read.
        claims = parsing.parse(signed.payload or b"").values
    except Mistake:
        raise _invalid("its payload is not a JSON object that Halo can store") from None
    moment = time.time()
    for name in ("exp", "nbf", "iat"):
        if name in claims and not _is_number(claims[name]):
            raise _invalid(f"its claim {name} is not a number of seconds")
    if "exp" in claims and claims["exp"] < moment - LEEWAY:
        raise _invalid("it has expired")
    if "nbf" in claims and claims["nbf"] > moment + LEEWAY:
        raise _invalid("it is not valid yet")
    return claims


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12


def _invalid(why: str) -> Denied:
    return Denied(Reason.customer_token_invalid, f"The identity token is not valid: {why}.")
