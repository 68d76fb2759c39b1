"""Whether the application has come: what the person who allowed it sees until, and when, its first call arrives."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from halo import authenticate, gate
from halo.audit.counting import counts
from halo.ground.database import db, now
from halo.ground.errors import Denied, NotFound
from halo.ground.principal import SignedIn
from halo.ground.spoken import count
from halo.oauth import grants
from halo.oauth.models import Grant

WAITS = datetime.timedelta(minutes=10)
"""How long an application that was allowed is expected at any moment."""


@dataclass(frozen=True)
class FirstCall:
    """A connection of the person's own, and whether anything came of it."""

    grant: Grant
    state: Literal["waiting", "late", "arrived", "refused", "over"]
    says: str


def awaited(grant_id: str, *, principal: SignedIn) -> FirstCall:
    """What became of a connection that this person allowed, in whichever workspace; nobody else's exists."""
    grant = db.session.scalar(select(Grant).where(Grant.id == grant_id, Grant.person_id == principal.person_id))
    if grant is None or grant.kind != "oauth":
        raise NotFound("connection")
    name = grants.label(grant)
    if grant.revoked_at is not None or (grant.expires_at is not None and grant.expires_at <= now()):
        return FirstCall(grant, "over", f"{name} is not connected any more.")
    if grant.last_used_at is None:
        if now() - grant.created_at < WAITS:
            return FirstCall(grant, "waiting", f"Waiting for the first call of {name}.")
        return FirstCall(grant, "late", f"{name} has not called yet.")
    try:
        seen = len(gate.listed(authenticate.of_grant(grant.id)))
    except Denied as denied:
        return FirstCall(grant, "refused", f"{name} came and was refused. {denied.message} {denied.reason.lifted_by}")
    return FirstCall(grant, "arrived", _news(grant, name, seen))


def _news(grant: Grant, name: str, seen: int) -> str:
    called = counts.tools_of_grant(grant.id, workspace_id=grant.workspace_id)
    if not called:
        return f"{name} just connected and sees {count(seen, 'tool')}."
    return f"{name} sees {count(seen, 'tool')} and has made {count(sum(it.calls for it in called), 'call')}."
