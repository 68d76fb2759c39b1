"""Rows of switches: only where a person decided."""

from __future__ import annotations

import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from halo.ground.database import Id, Model, WorkspaceOwned, new_id, now


class ActionSwitch(WorkspaceOwned, Model):
    """Whether one holder may call one action or tool, and whether it asks a teammate first."""

    __tablename__ = "action_switches"
    __table_args__ = (UniqueConstraint("workspace_id", "holder", "action"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    holder: Mapped[str] = mapped_column(String(64))
    """`external_clients`, or an agent's id."""
    action: Mapped[str] = mapped_column(String(128))
    """The name that a model calls it by."""
    is_on: Mapped[bool]
    mode: Mapped[str] = mapped_column(String(8), default="auto")
    """What being on means: auto or ask (`halo.actions.vocabulary.Mode`)."""
    set_at: Mapped[datetime.datetime] = mapped_column(default=now)
    set_by: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id", ondelete="SET NULL"))
