"""Rows of AI agents."""

from __future__ import annotations

import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from halo.ground.database import Id, Model, WorkspaceOwned, new_id, now


class Agent(WorkspaceOwned, Model):
    """One AI agent of a workspace. Never deleted, since the log names it: archived."""

    __tablename__ = "agents"
    __table_args__ = (
        Index(
            "uq_agents_name",
            "workspace_id",
            "name_key",
            unique=True,
            sqlite_where=text("archived_at IS NULL"),
            postgresql_where=text("archived_at IS NULL"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(200))
    """The name as it is compared: two that are not archived never have the same."""
    kind: Mapped[str] = mapped_column(String(20))
    """A word of `halo.agents.vocabulary.AgentKind`."""
    instructions: Mapped[str] = mapped_column(Text, default="")
    """What it is told before every conversation."""
    status: Mapped[str] = mapped_column(String(8), default="draft")
    """A word of `halo.agents.vocabulary.AgentStatus`."""
    archived_at: Mapped[datetime.datetime | None]
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    created_by: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime.datetime] = mapped_column(default=now)
    changed_by: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id", ondelete="SET NULL"))
