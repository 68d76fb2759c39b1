"""Conversations of end users with AI agents (the transcripts), their messages, and the ratings on them."""

from __future__ import annotations

import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from halo.contacts.models.shared import Moment, Record
from halo.contacts.vocabulary import Channel, ConversationStatus
from halo.ground.database import Id, Model, new_id, now

_THUMBS_DOWN = text("rating = 'down'")


class Conversation(Record, Model):
    """One live session with an AI agent."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_started", "workspace_id", "started_at", "id"),
        Index("ix_conversations_score", "workspace_id", "ai_score", "id"),
        Index("ix_conversations_mood", "workspace_id", "mood", "started_at", "id"),
        Index("ix_conversations_outcome", "workspace_id", "outcome", "started_at", "id"),
        Index("ix_conversations_end_user", "end_user_id", "started_at", "id"),
        Index("ix_conversations_company", "company_id", "started_at", "id"),
        Index("ix_conversations_session", "workspace_id", "session_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    end_user_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("end_users.id", ondelete="SET NULL"))
    company_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("companies.id", ondelete="SET NULL"))
    """The end user's company when the conversation began."""
    session_id: Mapped[str | None] = mapped_column(String(100))
    """The widget's browser session."""
    agent_name: Mapped[str | None] = mapped_column(String(200))
    channel: Mapped[str] = mapped_column(String(16), default=Channel.CHAT.value)
    """A `Channel`."""
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str | None] = mapped_column(Text)
    page_url: Mapped[str | None] = mapped_column(String(2048))
    """The page on which it began."""
    status: Mapped[str] = mapped_column(String(16), default=ConversationStatus.LIVE.value)
    """A `ConversationStatus`."""
    mood: Mapped[str | None] = mapped_column(String(16))
    """A `Mood`."""
    outcome: Mapped[str | None] = mapped_column(String(16))
    """An `Outcome`; None while it is live."""
    ai_confidence: Mapped[int | None]
    """0 to 100: the lowest confidence of the agent's answers."""
    ai_score: Mapped[int | None]
    """0 to 100: how well the agent did, computed at the end."""
    message_count: Mapped[int] = mapped_column(default=0)
    thumbs_up: Mapped[int] = mapped_column(default=0)
    thumbs_down: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime.datetime] = mapped_column(default=now)
    ended_at: Mapped[Moment]


class ConversationMessage(Record, Model):
    """One message of a conversation, with the customer's rating of it."""

    __tablename__ = "conversation_messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "position"),
        Index("ix_conversation_messages_workspace", "workspace_id"),
        Index(
            "ix_conversation_messages_thumbs_down",
            "workspace_id",
            "rated_at",
            "id",
            sqlite_where=_THUMBS_DOWN,
            postgresql_where=_THUMBS_DOWN,
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(String(36), ForeignKey("conversations.id", ondelete="CASCADE"))
    position: Mapped[int]
    """From 1, in the order of the conversation."""
    author: Mapped[str] = mapped_column(String(16))
    """An `Author`."""
    author_name: Mapped[str | None] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    confidence: Mapped[int | None]
    """0 to 100; only on messages of an AI agent."""
    sent_at: Mapped[datetime.datetime] = mapped_column(default=now)
    rating: Mapped[str | None] = mapped_column(String(8))
    """A `Rating`."""
    rating_comment: Mapped[str | None] = mapped_column(Text)
    rated_at: Mapped[Moment]
    correction: Mapped[str | None] = mapped_column(Text)
    """What a teammate says the answer should have been."""
