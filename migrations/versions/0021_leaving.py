"""audit_streams and audit_retentions: where a workspace's log is sent on to, and how long it is kept

Without rows nothing is sent and everything is kept, as before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _due() -> list[sa.Column]:
    return [
        _moment("due_at"),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _moment("lease_until"),
        sa.Column("last_error", sa.String(length=500), server_default="", nullable=False),
    ]


def _workspace(name: str) -> sa.ForeignKeyConstraint:
    key = op.f(f"fk_{name}_workspace_id_workspaces")
    return sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=key, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "audit_streams",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("host", sa.String(length=260), nullable=False),
        sa.Column("takes_calls", sa.Boolean(), nullable=False),
        sa.Column("takes_changes", sa.Boolean(), nullable=False),
        sa.Column("payloads", sa.String(length=12), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=False),
        _moment("old_until"),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("position", sa.String(length=36), nullable=False),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("message_upto", sa.String(length=36), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        _moment("delivered_at"),
        sa.Column("trouble", sa.String(length=500), nullable=False),
        _moment("not_before"),
        _moment("failing_since"),
        _moment("created_at", nullable=False),
        *_due(),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        _workspace("audit_streams"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_streams")),
    )
    op.create_index("ix_audit_streams_due_at", "audit_streams", ["due_at"])
    op.create_index("ix_audit_streams_workspace_id", "audit_streams", ["workspace_id"])
    op.create_table(
        "audit_retentions",
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("calls_days", sa.Integer(), nullable=True),
        sa.Column("changes_days", sa.Integer(), nullable=True),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("calls_upto", sa.String(length=40), nullable=False),
        sa.Column("changes_upto", sa.String(length=40), nullable=False),
        sa.Column("calls_removed", sa.BigInteger(), nullable=False),
        sa.Column("changes_removed", sa.BigInteger(), nullable=False),
        sa.Column("unsent_removed", sa.BigInteger(), nullable=False),
        _moment("ran_at"),
        *_due(),
        _workspace("audit_retentions"),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_audit_retentions")),
    )
    op.create_index("ix_audit_retentions_due_at", "audit_retentions", ["due_at"])


def downgrade() -> None:
    op.drop_table("audit_retentions")
    op.drop_table("audit_streams")
