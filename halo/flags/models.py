"""Rows of flags: only where an operator decided something."""

from __future__ import annotations

import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from halo.ground.database import Id, Model, WorkspaceOwned, new_id, now
from halo.jobs.models import Due

MESSAGE = 300
"""Characters of what refused callers read."""


class FlagValue(WorkspaceOwned, Due, Model):
    """The last decision of an operator for one flag in one workspace, and the time in which it holds.

    `due_at` is its next beginning or end that the history has to be told of (`halo.flags.planned`).
    """

    __tablename__ = "flag_values"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(64))
    is_on: Mapped[bool]
    why: Mapped[str] = mapped_column(String(500), default="")
    set_at: Mapped[datetime.datetime] = mapped_column(default=now)
    set_by: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id", ondelete="SET NULL"))
    starts_at: Mapped[datetime.datetime | None]
    """Null: from `set_at` on."""
    ends_at: Mapped[datetime.datetime | None]
    """Null: until somebody decides again."""
    otherwise_on: Mapped[bool | None]
    """The value outside that time; null: the catalogue's default."""
    message: Mapped[str] = mapped_column(String(MESSAGE), default="", server_default="")
    """What refused callers read beside the reason; plain text."""
