"""Rows of the audit log: what was attempted (`action_executions`), what was changed (`changes`), and saved views."""

from __future__ import annotations

import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from halo.ground.database import Id, Model, WorkspaceOwned, new_id, now


class SavedView(WorkspaceOwned, Model):
    """Filters of the log that somebody gave a name; the view itself is the address with this query."""

    __tablename__ = "audit_views"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    """Whose it is."""
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(2000))
    """As in the address, without the question mark."""
    is_shared: Mapped[bool] = mapped_column(default=False)
    """Whether everybody who reads the log sees it."""
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
