"""Tickets: long-lived requests that the team owns, and their threads."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from halo.contacts.models.shared import Moment, Record
from halo.contacts.vocabulary import Channel, MessageKind, TicketPriority, TicketStatus
from halo.ground.database import Id, Model, new_id, now


class Ticket(Record, Model):
    """One request of a customer."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_tickets_created", "workspace_id", "created_at", "id"),
        Index("ix_tickets_updated", "workspace_id", "updated_at", "id"),
        Index("ix_tickets_waiting", "workspace_id", "waiting_since", "id"),
        Index("ix_tickets_status", "workspace_id", "status", "created_at", "id"),
        Index("ix_tickets_end_user", "end_user_id", "status", "created_at", "id"),
        Index("ix_tickets_company", "company_id", "status", "created_at", "id"),
        Index("ix_tickets_assignee", "assignee_id"),
        Index("ix_tickets_conversation", "conversation_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int]
    """Counts up in the workspace; people say "ticket 1042"."""
    end_user_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("end_users.id", ondelete="SET NULL"))
    company_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("companies.id", ondelete="SET NULL"))
    """The end user's company when the ticket was made."""
    conversation_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("conversations.id", ondelete="SET NULL"))
    """The conversation that was handed over as this ticket."""
    assignee_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id", ondelete="SET NULL"))
    subject: Mapped[str] = mapped_column(String(1000))
    status: Mapped[str] = mapped_column(String(16), default=TicketStatus.OPEN.value)
    """A `TicketStatus`."""
    priority: Mapped[str] = mapped_column(String(16), default=TicketPriority.NORMAL.value)
    """A `TicketPriority`; stays when a teammate takes a priority ticket up."""
    category: Mapped[str | None] = mapped_column(String(80))
    inbox: Mapped[str | None] = mapped_column(String(80))
    channel: Mapped[str] = mapped_column(String(16), default=Channel.API.value)
    """A `Channel`."""
    source: Mapped[str] = mapped_column(String(50), default="api")
    resolved_by_ai: Mapped[bool] = mapped_column(default=False)
    ai_confidence: Mapped[int | None]
    """0 to 100."""
    escalation_reason: Mapped[str | None] = mapped_column(String(300))
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    message_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime.datetime] = mapped_column(default=now)
    """The last message or change of status."""
    first_reply_at: Mapped[Moment]
    waiting_since: Mapped[Moment]
    """The first of the customer's messages that nobody has answered yet, while the ticket is not resolved; whoever
    writes a message or a status writes this too."""
    resolved_at: Mapped[Moment]
    snoozed_until: Mapped[Moment]


class TicketMessage(Record, Model):
    """One message of a ticket's thread: e-mail, chat or note."""

    __tablename__ = "ticket_messages"
    __table_args__ = (
        UniqueConstraint("ticket_id", "position"),
        Index("ix_ticket_messages_workspace", "workspace_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    ticket_id: Mapped[str] = mapped_column(String(36), ForeignKey("tickets.id", ondelete="CASCADE"))
    position: Mapped[int]
    """From 1, in the order of the thread."""
    kind: Mapped[str] = mapped_column(String(16), default=MessageKind.CHAT.value)
    """A `MessageKind`."""
    author: Mapped[str] = mapped_column(String(16))
    """An `Author`."""
    author_name: Mapped[str | None] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime.datetime] = mapped_column(default=now)
