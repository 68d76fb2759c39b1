"""Doors for programs: a personal access token with a workspace's permissions, and deliveries that are signed.

    @door(API(Permission.INTEGRATIONS_VIEW))     -> web.principal(), a `Script`
    @door(SIGNED(verify))                        -> web.delivery(), and what `verify` said of it

A token opens a door where it holds the door's permission and its person holds it now. A session's cookie opens none of
these, no client can be granted such a word, and no page of another origin may read the answers. A webhook's sender
proves itself by a signature of the body as it came; how, only the slice knows that has the secret.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request

from halo.ground import limits
from halo.ground.errors import Denied, Reason
from halo.ground.permissions import Permission
from halo.ground.script import Script
from halo.ground.telemetry import here
from halo.ground.wire import bearer, bodies
from halo.web import throttle

ByToken = Callable[[str], Script]
BY_TOKEN = "halo.by_token"  # noqa: S105 - where the app keeps the function
WANTED = "Send a personal access token: Authorization: Bearer halo_at_..."


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a sender delivered, nothing of it read yet."""

    body: bytes
    """As it came: a signature is over these bytes, not over what they mean."""
    headers: Mapping[str, str]
    """By their names as they are usually written: `X-Signature`, not `x-signature`."""
    address: Mapping[str, Any]
    """The variable parts of the address."""


Verify = Callable[[Delivery], object]
"""Says for whom a delivery is; raises `Denied(signature_invalid)` where it is not signed so, `Mistake` where it cannot
be read. What it compares, it compares by `is_signed` or `hmac.compare_digest`."""


def by_token(permission: Permission | None) -> Script:
    """The program behind the request's token, which may do this; raises `Denied`."""
    try:
        token = bearer.credential(request.headers.get("Authorization"), WANTED)
        script: Script = current_app.extensions[BY_TOKEN](token)
    except Denied:
        throttle.count(limits.API_MISTAKES_PER_ADDRESS, "api-mistakes", limits.visitor(request.remote_addr))
        raise
    here.of_workspace(script.workspace_id)
    bodies.vouch(request.environ)
    throttle.count(limits.API_PER_SCRIPT, "api", script.grant_id)
    if permission is not None and not script.may(permission):
        lacks = "This token does not hold" if permission not in script.lent else "The person of this token lacks"
        raise Denied(Reason.permission_missing, f"{lacks} {permission.value}.", permission=permission)
    return script


def by_signature(verify: Verify) -> object:
    """What the verifier says of the delivery, which is kept for the view."""
    g.delivery = Delivery(request.get_data(), dict(request.headers), request.view_args or {})
    return verify(g.delivery)


def delivery() -> Delivery:
    """What was delivered, behind a door that asked for a signature."""
    found: Delivery = g.delivery
    return found


def signed_for() -> Any:
    """What the door's verifier said of the delivery."""
    return g.signed_for


def is_signed(secret: bytes, body: bytes, signature: str, digest: str = "sha256") -> bool:
    """Whether the signature, in hex, is the HMAC of the body; takes the same time for every wrong one."""
    wanted = hmac.new(secret, body, getattr(hashlib, digest)).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.strip().lower().encode())
