"""what the audit pages count at a million rows

The tables start empty; `halo.audit.tally` fills them from the rows that are there, a few thousand at a time.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


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
    op.create_table(
        "audit_tool_hours",
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tool", sa.String(length=128), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("integration", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("caller", sa.String(length=12), nullable=False),
        *_latencies(),
        sa.PrimaryKeyConstraint(
            "workspace_id",
            "hour",
            "tool",
            "outcome",
            "reason",
            "integration",
            "method",
            "caller",
            name=op.f("pk_audit_tool_hours"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_grant_hours",
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("grant_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("protocol_version", sa.String(length=16), nullable=False),
        sa.Column("ok", sa.Integer(), nullable=False),
        sa.Column("tool_error", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id",
            "hour",
            "grant_id",
            "client_id",
            "person_id",
            "protocol_version",
            name=op.f("pk_audit_grant_hours"),
        ),
        sqlite_with_rowid=False,
    )
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

    op.drop_table("audit_grant_hours")
    op.drop_table("audit_tool_hours")
    with op.batch_alter_table("action_executions", schema=None) as batch_op:
        batch_op.drop_index("ix_action_executions_reason")
