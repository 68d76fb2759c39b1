"""Agents with times of their own: for the demo, never for what really happened."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from sqlalchemy import update

from halo.agents.models import Agent
from halo.ground.database import one_change


def redate(since: Mapping[str, datetime.datetime]) -> None:
    """Set these agents back in time: each was made then, and never changed."""
    with one_change() as session:
        for agent_id, at in since.items():
            session.execute(update(Agent).where(Agent.id == agent_id).values(created_at=at, changed_at=at))
