"""Tables of the log: what was attempted, what was changed, and what is added up of it by the hour and the day."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from halo.ground.database import Id, Model, new_id, now


class ActionExecution(Model):
    """One attempt that reached a known workspace, refused ones too. Written once, never changed but for `stands_for`.

    The ids name rows that may be gone; there are no foreign keys, so that the log outlives what it tells of.
    """

    __tablename__ = "action_executions"
    __table_args__ = (
        Index("ix_action_executions_workspace", "workspace_id", "id"),
        Index("ix_action_executions_outcome", "workspace_id", "outcome", "id"),
        Index("ix_action_executions_tool", "workspace_id", "tool", "id"),
        Index("ix_action_executions_grant", "grant_id", "id"),
        Index(
            "ix_action_executions_reason",
            "workspace_id",
            "reason",
            "id",
            sqlite_where=text("reason IS NOT NULL"),
            postgresql_where=text("reason IS NOT NULL"),
        ),
        Index(
            "ix_action_executions_agent",
            "agent_id",
            "id",
            sqlite_where=text("agent_id IS NOT NULL"),
            postgresql_where=text("agent_id IS NOT NULL"),
        ),
        Index(
            "ix_action_executions_server",
            "server_id",
            "id",
            sqlite_where=text("server_id IS NOT NULL"),
            postgresql_where=text("server_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime.datetime] = mapped_column(default=now)
    workspace_id: Mapped[str] = mapped_column(String(36))
    caller: Mapped[str] = mapped_column(String(12))
    """mcp, agent or dashboard."""
    method: Mapped[str] = mapped_column(String(64), default="tools/call")
    client_id: Mapped[str | None] = mapped_column(String(36))
    """Row id of the OAuth client."""
    grant_id: Mapped[str | None] = mapped_column(String(36))
    person_id: Mapped[str | None] = mapped_column(String(36))
    agent_id: Mapped[str | None] = mapped_column(String(36))
    conversation_id: Mapped[str | None] = mapped_column(String(36))
    end_user_id: Mapped[str | None] = mapped_column(String(36))
    server_id: Mapped[str | None] = mapped_column(String(36))
    integration: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[str | None] = mapped_column(String(128))
    tool: Mapped[str | None] = mapped_column(String(128))
    arguments: Mapped[dict[str, Any] | None] = mapped_column()
    """Redacted."""
    outcome: Mapped[str] = mapped_column(String(12))
    """ok, tool_error, refused, failed or unknown."""
    reason: Mapped[str | None] = mapped_column(String(64))
    """For refused: the name of a `halo.ground.errors.Reason`; else a short word."""
    detail: Mapped[str | None] = mapped_column(Text)
    result_size: Mapped[int] = mapped_column(default=0)
    """Bytes of the answer."""
    latency_us: Mapped[int] = mapped_column(default=0)
    """Microseconds from the request's arrival to the answer."""
    protocol_version: Mapped[str | None] = mapped_column(String(16))
    client_info: Mapped[str | None] = mapped_column(String(200))
    request_id: Mapped[str | None] = mapped_column(String(64))
    trace_id: Mapped[str | None] = mapped_column(String(64))
    turn_id: Mapped[str | None] = mapped_column(String(36))
    """Of an agent: the turn of its conversation in which it called."""
    definition: Mapped[str | None] = mapped_column(String(16))
    """The beginning of the digest of the tool's definition as it was when it was called."""
    upstream_us: Mapped[int | None] = mapped_column()
    """Microseconds of the latency in which servers of others were waited for; None where none was asked."""
    word: Mapped[str | None] = mapped_column(String(40))
    """What came of it, in a word or two of the tool's: `found 12`, `not found`."""
    stands_for: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    """Attempts: more than one where a caller was past a limit (`halo.ledger.folded`)."""


class StartedCall(Model):
    """A call that must not be made twice and has begun: gone with the row of its end (`halo.ledger.started`)."""

    __tablename__ = "started_calls"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime.datetime] = mapped_column(default=now)
    workspace_id: Mapped[str] = mapped_column(String(36))
    execution: Mapped[dict[str, Any]] = mapped_column()
    """Of its row, what was known when it began; arguments redacted."""


class Change(Model):
    """One change of configuration, with before and after; written in the change's own transaction."""

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_workspace", "workspace_id", "id"),
        Index("ix_changes_subject", "workspace_id", "subject_kind", "subject_id", "id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime.datetime] = mapped_column(default=now)
    workspace_id: Mapped[str | None] = mapped_column(String(36))
    event: Mapped[str] = mapped_column(String(64))
    """`noun.past_verb`, from `halo.ledger.events`."""
    person_id: Mapped[str | None] = mapped_column(String(36))
    by: Mapped[str] = mapped_column(String(320))
    """Who, in words, for when the person is gone."""
    subject_kind: Mapped[str] = mapped_column(String(32), default="")
    subject_id: Mapped[str] = mapped_column(String(128), default="")
    subject: Mapped[str] = mapped_column(String(300), default="")
    """What was changed, in words."""
    before: Mapped[dict[str, Any] | None] = mapped_column()
    after: Mapped[dict[str, Any] | None] = mapped_column()
    why: Mapped[str] = mapped_column(String(500), default="")


class Latencies:
    """Calls by class of latency (`halo.ledger.tally.CLASSES`), for percentiles; one column each, so that they add
    up."""

    calls: Mapped[int]
    latency_us: Mapped[int] = mapped_column(BigInteger)
    """All together."""
    c00: Mapped[int] = mapped_column(default=0)
    c01: Mapped[int] = mapped_column(default=0)
    c02: Mapped[int] = mapped_column(default=0)
    c03: Mapped[int] = mapped_column(default=0)
    c04: Mapped[int] = mapped_column(default=0)
    c05: Mapped[int] = mapped_column(default=0)
    c06: Mapped[int] = mapped_column(default=0)
    c07: Mapped[int] = mapped_column(default=0)
    c08: Mapped[int] = mapped_column(default=0)
    c09: Mapped[int] = mapped_column(default=0)
    c10: Mapped[int] = mapped_column(default=0)
    c11: Mapped[int] = mapped_column(default=0)
    c12: Mapped[int] = mapped_column(default=0)


class ByTool(Latencies):
    """The calls of one kind in one stretch of time. Text that a call does not have is empty here."""

    workspace_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Where the stretch begins, in hours since 1970."""
    tool: Mapped[str] = mapped_column(String(128), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12), primary_key=True)
    reason: Mapped[str] = mapped_column(String(64), primary_key=True)
    integration: Mapped[str] = mapped_column(String(64), primary_key=True)
    method: Mapped[str] = mapped_column(String(64), primary_key=True)
    caller: Mapped[str] = mapped_column(String(12), primary_key=True)


class ByGrant:
    """The calls of one connection in one stretch of time, by outcome."""

    workspace_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    grant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    protocol_version: Mapped[str] = mapped_column(String(16), primary_key=True)
    ok: Mapped[int]
    tool_error: Mapped[int]
    refused: Mapped[int]
    failed: Mapped[int]
    unknown: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class ToolHour(ByTool, Model):
    """Calls by tool in one hour, so that nobody counts a million rows to draw a chart.

    `halo.ledger.tally` adds calls up; what it has not come to yet is counted from `action_executions`.
    """

    __tablename__ = "audit_tool_hours"
    __table_args__ = {"sqlite_with_rowid": False}


class ToolDay(ByTool, Model):
    """The same in one day of UTC, for long stretches."""

    __tablename__ = "audit_tool_days"
    __table_args__ = {"sqlite_with_rowid": False}


class ByHolder(ByTool):
    """The calls that an agent made or that went to a connected server; those of neither are in `ByTool` alone."""

    agent_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    server_id: Mapped[str] = mapped_column(String(36), primary_key=True)


class HolderHour(ByHolder, Model):
    """Calls of agents and to servers in one hour."""

    __tablename__ = "audit_holder_hours"
    __table_args__ = {"sqlite_with_rowid": False}


class HolderDay(ByHolder, Model):
    """The same in one day of UTC."""

    __tablename__ = "audit_holder_days"
    __table_args__ = {"sqlite_with_rowid": False}


class GrantHour(ByGrant, Model):
    """Calls by connection in one hour."""

    __tablename__ = "audit_grant_hours"
    __table_args__ = (
        Index("ix_audit_grant_hours_grant", "workspace_id", "grant_id", "hour"),
        {"sqlite_with_rowid": False},
    )


class GrantDay(ByGrant, Model):
    """The same in one day of UTC."""

    __tablename__ = "audit_grant_days"
    __table_args__ = {"sqlite_with_rowid": False}


class GrantTool(Latencies, Model):
    """What one connection called since it exists."""

    __tablename__ = "audit_grant_tools"
    __table_args__ = {"sqlite_with_rowid": False}

    workspace_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    grant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    tool: Mapped[str] = mapped_column(String(128), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12), primary_key=True)


class TallyMark(Model):
    """How far `halo.ledger.tally` has come with some tables: every row with a lower id is in them, no other is."""

    __tablename__ = "audit_tally_mark"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    upto: Mapped[str] = mapped_column(String(36), default="")


class StateVersion(Model):
    """A counter that every change of a workspace's configuration raises.

    What a process caches of a workspace (tokens, flags, catalogues) is good only while the counter stands still.
    """

    __tablename__ = "state_versions"

    workspace_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
