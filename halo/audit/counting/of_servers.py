"""Calls of connected servers' tools since a moment, whoever made them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import func, select

from halo.ground.database import db
from halo.ledger import moments
from halo.ledger.models import ActionExecution


@dataclass(frozen=True)
class ServerUse:
    """Who used the tools of a workspace's servers."""

    calls: int
    servers: int
    agents: int
    apps: int
    last_at: datetime.datetime | None


def usage_since(workspace_id: str, *, since: datetime.datetime) -> ServerUse:
    """How many calls there were since, of how many servers, by how many agents and apps, and when the last was."""
    row = ActionExecution
    found = db.session.execute(
        select(
            func.count(),
            func.count(row.server_id.distinct()),
            func.count(row.agent_id.distinct()),
            func.count(row.client_id.distinct()),
            func.max(row.at),
        ).where(row.workspace_id == workspace_id, row.server_id.is_not(None), row.id >= moments.first_id(since))
    ).one()
    return ServerUse(*found)
