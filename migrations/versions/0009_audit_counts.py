"""what the audit pages count at a million rows

The tables start empty; `halo.ledger.tally` fills them from the rows that are there, a few thousand at a time.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _by_tool(name: str) -> None:
    keys = ("tool", 128), ("outcome", 12), ("reason", 64), ("integration", 64), ("method", 64), ("caller", 12)
    op.create_table(
        name,
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(key, sa.String(length=length), nullable=False) for key, length in keys),
        *_latencies(),
        sa.PrimaryKeyConstraint("workspace_id", "hour", *(key for key, _ in keys), name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def _by_grant(name: str) -> None:
    keys = ("grant_id", 36), ("client_id", 36), ("person_id", 36), ("protocol_version", 16)
    outcomes = ("ok", "tool_error", "refused", "failed")
    op.create_table(
        name,
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(key, sa.String(length=length), nullable=False) for key, length in keys),
        *(sa.Column(outcome, sa.Integer(), nullable=False) for outcome in outcomes),
        sa.PrimaryKeyConstraint("workspace_id", "hour", *(key for key, _ in keys), name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def _latencies() -> list[sa.Column]:
    classes = [sa.Column(f"c{number:02}", sa.Integer(), nullable=False) for number in range(13)]
    return [
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("latency_us", sa.BigInteger(), nullable=False),
        *classes,
    ]


def upgrade() -> None:
    has_reason = sa.text("reason IS NOT NULL")
    with op.batch_alter_table("action_executions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_action_executions_reason",
            ["workspace_id", "reason", "id"],
            unique=False,
            sqlite_where=has_reason,
            postgresql_where=has_reason,
        )
    for name in ("audit_tool_hours", "audit_tool_days"):
        _by_tool(name)
    for name in ("audit_grant_hours", "audit_grant_days"):
        _by_grant(name)
    with op.batch_alter_table("audit_grant_hours", schema=None) as batch_op:
        batch_op.create_index("ix_audit_grant_hours_grant", ["workspace_id", "grant_id", "hour"], unique=False)
    op.create_table(
        "audit_grant_tools",
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("grant_id", sa.String(length=36), nullable=False),
        sa.Column("tool", sa.String(length=128), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        *_latencies(),
        sa.PrimaryKeyConstraint("workspace_id", "grant_id", "tool", "outcome", name=op.f("pk_audit_grant_tools")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_tally_mark",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("upto", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_tally_mark")),
    )


def downgrade() -> None:
    op.drop_table("audit_tally_mark")
    op.drop_table("audit_grant_tools")
    with op.batch_alter_table("audit_grant_hours", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_grant_hours_grant")

    for name in ("audit_grant_days", "audit_grant_hours", "audit_tool_days", "audit_tool_hours"):
        op.drop_table(name)
    with op.batch_alter_table("action_executions", schema=None) as batch_op:
        batch_op.drop_index("ix_action_executions_reason")
