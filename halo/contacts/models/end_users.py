"""End users (customers of the workspace, never people of its team) and leads."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from halo.contacts.models.shared import Account, Moment, Record
from halo.contacts.vocabulary import LeadStatus
from halo.ground.database import Id, Model, new_id, now


class EndUser(Record, Account, Model):
    """A person who uses the workspace's product."""

    __tablename__ = "end_users"
    __table_args__ = (
        UniqueConstraint("workspace_id", "external_id"),
        Index("ix_end_users_email", "workspace_id", "email"),
        Index("ix_end_users_name", "workspace_id", "name", "id"),
        Index("ix_end_users_last_seen", "workspace_id", "last_seen", "id"),
        Index("ix_end_users_signed_up", "workspace_id", "signed_up_at", "id"),
        Index("ix_end_users_mrr", "workspace_id", "mrr", "id"),
        Index("ix_end_users_health", "workspace_id", "health_score", "id"),
        Index("ix_end_users_company", "company_id", "last_seen", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("companies.id", ondelete="SET NULL"))
    company_unproven: Mapped[bool] = mapped_column(default=False)
    """Whether only the public widget key named the company: then a caller bound to them is not shown it."""
    name: Mapped[str | None] = mapped_column(String(300))
    email: Mapped[str | None] = mapped_column(String(320))
    """Lower case."""
    phone: Mapped[str | None] = mapped_column(String(50))
    avatar_url: Mapped[str | None] = mapped_column(String(1000))
    job_title: Mapped[str | None] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(50), default="api")
    """Where the record came from: widget, api, import, an integration."""
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime.datetime] = mapped_column(default=now)
    first_seen: Mapped[Moment]
    last_seen: Mapped[Moment]


class Lead(Record, Model):
    """Somebody who may become a customer."""

    __tablename__ = "leads"
    __table_args__ = (
        Index("ix_leads_created", "workspace_id", "created_at", "id"),
        Index("ix_leads_score", "workspace_id", "score", "id"),
        Index("ix_leads_name", "workspace_id", "name", "id"),
        Index("ix_leads_email", "workspace_id", "email"),
        Index("ix_leads_end_user", "end_user_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str | None] = mapped_column(String(300))
    email: Mapped[str | None] = mapped_column(String(320))
    """Lower case."""
    phone: Mapped[str | None] = mapped_column(String(50))
    job_title: Mapped[str | None] = mapped_column(String(200))
    company_name: Mapped[str | None] = mapped_column(String(300))
    domain: Mapped[str | None] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(16), default=LeadStatus.NEW.value)
    """A `LeadStatus`."""
    score: Mapped[int | None]
    """0 to 100: how well the lead fits."""
    source: Mapped[str] = mapped_column(String(50), default="widget")
    interest: Mapped[str | None] = mapped_column(Text)
    """What they asked for, in their words or the agent's."""
    custom_fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    end_user_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("end_users.id", ondelete="SET NULL"))
    """The end user that a converted lead became."""
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    last_contacted_at: Mapped[Moment]
