"""A workspace at a glance: today's calls, its connections, what happened last."""

from __future__ import annotations

import datetime
import zoneinfo
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select

from halo.audit import filters, moments
from halo.audit.models import ActionExecution, Change
from halo.database import db, now
from halo.oauth.models import Grant, OAuthClient
from halo.spoken import ago
from halo.workspaces.models import Person

MOST = 100_000
"""Where counting stops; the page then says "more than"."""
OUTCOMES = ("ok", "tool_error", "refused", "failed")


@dataclass(frozen=True)
class Today:
    """Calls since midnight in the workspace's time zone."""

    by_outcome: dict[str, int]

    @property
    def calls(self) -> int:
        return sum(self.by_outcome.values())

    @property
    def refused(self) -> int:
        return self.by_outcome["refused"]

    @property
    def failed(self) -> int:
        return self.by_outcome["failed"] + self.by_outcome["tool_error"]

    @property
    def is_cut(self) -> bool:
        """Whether there were more than were counted."""
        return any(count >= MOST for count in self.by_outcome.values())


@dataclass(frozen=True)
class Connection:
    """One person's app, in words."""

    grant_id: str
    name: str
    last_used: str
    words: str
    """The name; with its last use where several are called so."""


def today(workspace_id: str, time_zone: str) -> Today:
    """Calls since midnight, by outcome; each count reads one stretch of one index."""
    midnight = now().astimezone(zoneinfo.ZoneInfo(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    start = moments.first_id(midnight)
    return Today({outcome: _count(workspace_id, outcome, start) for outcome in OUTCOMES})


def connections(workspace_id: str, person_id: str | None = None) -> int:
    """Connections of AI clients that are not revoked or over; of one person, or of everybody."""
    live = Grant.revoked_at.is_(None) & (Grant.expires_at.is_(None) | (Grant.expires_at > now()))
    found = select(func.count()).select_from(Grant).where(Grant.workspace_id == workspace_id, live)
    if person_id is not None:
        found = found.where(Grant.person_id == person_id)
    return db.session.scalar(found) or 0


def live_connections(workspace_id: str, person_id: str | None = None) -> list[Connection]:
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
    return [Connection(key, name, used, f"{name}, {used}" if names[name] > 1 else name) for key, name, used in told]


def last_call(workspace_id: str) -> datetime.datetime | None:
    """When a tool was last called, or None before the first time."""
    return db.session.scalar(
        select(ActionExecution.at)
        .where(*filters.lead(workspace_id, filters.EVERYTHING))
        .order_by(*filters.newest_first(filters.EVERYTHING))
        .limit(1)
    )


def recent_changes(workspace_id: str, count: int = 8) -> list[Change]:
    """What was changed last, newest first."""
    found = select(Change).where(Change.workspace_id == workspace_id).order_by(Change.id.desc()).limit(count)
    return list(db.session.scalars(found))


def _count(workspace_id: str, outcome: str, start: str) -> int:
    rows = (
        select(ActionExecution.id)
        .where(
            ActionExecution.workspace_id == workspace_id,
            ActionExecution.outcome == outcome,
            ActionExecution.id >= start,
        )
        .limit(MOST)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(rows)) or 0
