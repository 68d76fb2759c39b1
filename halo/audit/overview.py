"""A workspace at a glance: today's calls, its connections, what happened last."""

from __future__ import annotations

import datetime
import zoneinfo
from dataclasses import dataclass

from sqlalchemy import func, select

from halo.audit import filters
from halo.ground.database import db, now
from halo.ledger import moments
from halo.ledger.models import ActionExecution, Change

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


def today(workspace_id: str, time_zone: str) -> Today:
    """Calls since midnight, by outcome; each count reads one stretch of one index."""
    midnight = now().astimezone(zoneinfo.ZoneInfo(time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    start = moments.first_id(midnight)
    return Today({outcome: _count(workspace_id, outcome, start) for outcome in OUTCOMES})


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
