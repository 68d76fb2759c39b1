"""Behaviour of end users that the widget reports."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from halo.contacts.models.shared import Record
from halo.ground.database import Id, Model, new_id, now


class SdkEvent(Record, Model):
    """One thing that an end user did in the workspace's product."""

    __tablename__ = "sdk_events"
    __table_args__ = (
        Index("ix_sdk_events_at", "workspace_id", "at", "id"),
        Index("ix_sdk_events_type", "workspace_id", "event_type", "at", "id"),
        Index("ix_sdk_events_end_user", "end_user_id", "at", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    end_user_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("end_users.id", ondelete="SET NULL"))
    session_id: Mapped[str | None] = mapped_column(String(100))
    event_type: Mapped[str] = mapped_column(String(100))
    element_selector: Mapped[str | None] = mapped_column(String(1000))
    page_url: Mapped[str | None] = mapped_column(String(2048))
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    at: Mapped[datetime.datetime] = mapped_column(default=now)
