"""Rows of flags: only where a value differs from the catalogue's default."""

from __future__ import annotations

import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from halo.database import Id, Model, WorkspaceOwned, new_id, now


class FlagValue(WorkspaceOwned, Model):
    """The value that an operator set for one flag in one workspace."""

    __tablename__ = "flag_values"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(64))
    is_on: Mapped[bool]
    why: Mapped[str] = mapped_column(String(500), default="")
    set_at: Mapped[datetime.datetime] = mapped_column(default=now)
    set_by: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id", ondelete="SET NULL"))
