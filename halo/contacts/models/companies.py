"""Companies: the customers of the workspace that end users work for."""

from __future__ import annotations

import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from halo.contacts.models.shared import Account, Moment, Record
from halo.ground.database import Id, Model, new_id, now


class Company(Record, Account, Model):
    """A customer of the workspace."""

    __tablename__ = "companies"
    __table_args__ = (
        UniqueConstraint("workspace_id", "external_id"),
        Index("ix_companies_domain", "workspace_id", "domain"),
        Index("ix_companies_name", "workspace_id", "name", "id"),
        Index("ix_companies_mrr", "workspace_id", "mrr", "id"),
        Index("ix_companies_health", "workspace_id", "health_score", "id"),
        Index("ix_companies_renewal", "workspace_id", "renewal_date", "id"),
        Index("ix_companies_signed_up", "workspace_id", "signed_up_at", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(300))
    domain: Mapped[str | None] = mapped_column(String(255))
    """Lower case, without www."""
    industry: Mapped[str | None] = mapped_column(String(120))
    employee_count: Mapped[int | None]
    """How many people work there."""
    source: Mapped[str] = mapped_column(String(50), default="api")
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime.datetime] = mapped_column(default=now)
    last_seen: Mapped[Moment]
    """When one of its end users was last active."""
