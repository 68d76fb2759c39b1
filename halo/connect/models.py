"""Rows of the live panel: who watches, and the few steps that leave no other trace. Both are short-lived."""

from __future__ import annotations

import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from halo.database import Id, Model, WorkspaceOwned, new_id, now


class ConnectionWatch(Model):
    """Somebody of this workspace has the page open; while none has, nothing is noted."""

    __tablename__ = "connection_watches"

    workspace_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True
    )
    until: Mapped[datetime.datetime] = mapped_column(index=True)


class ConnectionStep(WorkspaceOwned, Model):
    """Something that a client did on its way in."""

    __tablename__ = "connection_steps"
    __table_args__ = (Index("ix_connection_steps_address", "address", "at"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime.datetime] = mapped_column(default=now, index=True)
    kind: Mapped[str] = mapped_column(String(24))
    """A `halo.connect.steps.Kind`."""
    sentence: Mapped[str] = mapped_column(String(500), default="")
    """What was wrong, in words of ours."""
    address: Mapped[str] = mapped_column(String(64), default="")
    """Digest of where the client called from, to tie a registration to the look before it."""
