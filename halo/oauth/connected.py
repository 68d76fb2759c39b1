"""Which connections of a workspace live now, for whoever lists or explains them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from halo.ground.database import db, now
from halo.ground.spoken import ago
from halo.oauth.models import Grant, OAuthClient
from halo.workspaces.models import Person


@dataclass(frozen=True)
class LiveConnection:
    """One person's app, in words."""

    grant_id: str
    name: str
    last_used: str
    words: str
    """The name; with its last use where several are called so."""


def connections(workspace_id: str, person_id: str | None = None) -> int:
    """Connections of AI clients that are not revoked or over; of one person, or of everybody."""
    live = Grant.revoked_at.is_(None) & (Grant.expires_at.is_(None) | (Grant.expires_at > now()))
    found = select(func.count()).select_from(Grant).where(Grant.workspace_id == workspace_id, live)
    if person_id is not None:
        found = found.where(Grant.person_id == person_id)
    return db.session.scalar(found) or 0


def live_connections(workspace_id: str, person_id: str | None = None) -> list[LiveConnection]:
    """Connections that are not revoked, by person and app; of one person, or of everybody."""
    found = (
        select(Grant.id, Grant.name, OAuthClient.name, Person.name, Grant.last_used_at)
        .join(OAuthClient, OAuthClient.id == Grant.client_row_id)
        .join(Person, Person.id == Grant.person_id)
        .where(Grant.workspace_id == workspace_id, Grant.revoked_at.is_(None))
        .order_by(Person.name, OAuthClient.name, Grant.id)
    )
    if person_id is not None:
        found = found.where(Grant.person_id == person_id)
    told = [
        (key, f"{own or app} for {person}", f"used {ago(at)}" if at else "not used yet")
        for key, own, app, person, at in db.session.execute(found)
    ]
    names = Counter(name for _, name, _ in told)
    return [LiveConnection(key, name, used, f"{name}, {used}" if names[name] > 1 else name) for key, name, used in told]
