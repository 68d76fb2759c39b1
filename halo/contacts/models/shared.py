"""What the tables of contacts have in common: workspace, money and renewal, and the searchable text."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from halo.ground.database import Model, WorkspaceOwned

Moment = datetime.datetime | None


class Record(WorkspaceOwned):
    """A row of a workspace in a big table.

    The indexes that its lists need lead with `workspace_id`, so the column has no index of its own.
    """

    @declared_attr
    def workspace_id(cls) -> Mapped[str]:  # noqa: N805 - SQLAlchemy passes the class
        return mapped_column(String(36), ForeignKey("workspaces.id", ondelete="CASCADE"))


class Account:
    """What a company and an end user both have: plan, revenue, health, renewal, and what is sent of them."""

    external_id: Mapped[str | None] = mapped_column(String(255))
    """The id in the workspace's own product."""
    plan: Mapped[str | None] = mapped_column(String(80))
    mrr: Mapped[float | None]
    """Revenue a month, in the workspace's currency."""
    arr: Mapped[float | None]
    health_score: Mapped[int | None]
    """0 to 100; None: not scored."""
    renewal_status: Mapped[str | None] = mapped_column(String(32))
    """A `RenewalStatus`."""
    renewal_date: Mapped[datetime.date | None] = mapped_column(Date)
    contract_term: Mapped[str | None] = mapped_column(String(16))
    """A `Term`."""
    payment_terms: Mapped[str | None] = mapped_column(String(16))
    """A `Term`."""
    on_contract: Mapped[bool | None]
    custom_fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Traits: who they are."""
    context: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Context entries: what is happening now; key -> {label, type, value}."""
    signed_up_at: Mapped[Moment]
    last_contacted_at: Mapped[Moment]


class SearchText(Record, Model):
    """The terms by which one record is found; written by `halo.contacts.records.fulltext`, never by hand.

    One row a record: names and addresses, or a ticket or conversation with all its messages.
    """

    __tablename__ = "search_texts"
    __table_args__ = (
        UniqueConstraint("record_id"),
        Index("ix_search_texts_due", "id", sqlite_where=text("is_due = 1"), postgresql_where=text("is_due")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(16))
    """end_user, company, lead, ticket or conversation."""
    record_id: Mapped[str] = mapped_column(String(36))
    is_due: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the record changed since its terms were written; nobody sees one that is, outside its own change."""
    text: Mapped[str] = mapped_column(Text, sort_order=1)
    """The last column: SQLite reads the others without walking through a long text."""
