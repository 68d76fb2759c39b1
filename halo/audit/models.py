"""Rows that belong to reading the log: saved views, streams that send it on, and how long it is kept."""

from __future__ import annotations

import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from halo.ground import vault
from halo.ground.database import Id, Model, WorkspaceOwned, new_id, now
from halo.jobs.models import Due


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


class Stream(Due, WorkspaceOwned, Model):
    """Where a workspace's log is sent on to, and how far that has come."""

    __tablename__ = "audit_streams"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(12))
    """webhook or otlp."""
    address: Mapped[str] = mapped_column(Text, info=vault.SEALED)
    """Encrypted by `halo.ground.vault`: paths and queries of webhooks are often secrets."""
    host: Mapped[str] = mapped_column(String(260))
    """Of the address; what everybody is shown."""
    takes_calls: Mapped[bool] = mapped_column(default=True)
    takes_changes: Mapped[bool] = mapped_column(default=True)
    payloads: Mapped[str] = mapped_column(String(12), default="masked")
    """What of the calls' arguments leaves: none, masked or readable."""
    secret: Mapped[str] = mapped_column(Text, default="", info=vault.SEALED)
    """Of a webhook, encrypted: what its messages are signed with."""
    old_secret: Mapped[str] = mapped_column(Text, default="", info=vault.SEALED)
    """The one before, encrypted; signs too until `old_until`."""
    old_until: Mapped[datetime.datetime | None]
    header: Mapped[str] = mapped_column(Text, default="", info=vault.SEALED)
    """`Name: value` that goes with every request, encrypted; empty for none."""
    position: Mapped[str] = mapped_column(String(36), default="")
    """The id of the last row that was taken; every row behind it is still to leave."""
    message_id: Mapped[str] = mapped_column(String(64), default="")
    message_upto: Mapped[str] = mapped_column(String(36), default="")
    """The message under way, and its last row: it comes again as it is until it is taken. Empty: none."""
    is_paused: Mapped[bool] = mapped_column(default=False)
    delivered: Mapped[int] = mapped_column(BigInteger, default=0)
    """Rows that were taken."""
    rejected: Mapped[int] = mapped_column(BigInteger, default=0)
    """Of those, rows that the receiver said it did not keep."""
    delivered_at: Mapped[datetime.datetime | None]
    trouble: Mapped[str] = mapped_column(String(500), default="")
    """What the receiver answered last, where it took nothing; a sentence of ours."""
    not_before: Mapped[datetime.datetime | None]
    """Until when the receiver asked to be left alone."""
    failing_since: Mapped[datetime.datetime | None]
    """Since when no message was taken; null: the last one was."""
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)


class Retention(Due, Model):
    """How long a workspace keeps its log. Without a row: for good."""

    __tablename__ = "audit_retentions"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    calls_days: Mapped[int | None]
    """Null: for good."""
    changes_days: Mapped[int | None]
    waits: Mapped[bool] = mapped_column(default=True)
    """Whether what has not left by every stream yet stays."""
    calls_upto: Mapped[str] = mapped_column(String(40), default="")
    changes_upto: Mapped[str] = mapped_column(String(40), default="")
    """The run under way removes what lies under these ids."""
    calls_removed: Mapped[int] = mapped_column(BigInteger, default=0)
    changes_removed: Mapped[int] = mapped_column(BigInteger, default=0)
    """In this run so far."""
    unsent_removed: Mapped[int] = mapped_column(BigInteger, default=0)
    """Of those, rows that had not left."""
    ran_at: Mapped[datetime.datetime | None]
    """When the last run ended."""
