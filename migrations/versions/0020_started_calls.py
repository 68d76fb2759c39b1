"""started_calls: what begins and must not be made twice; the outcome unknown in the counts of connections

The previous release neither writes nor reads the table, and counts no such outcome.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

COUNTS = ("audit_grant_hours", "audit_grant_days")


def upgrade() -> None:
    op.create_table(
        "started_calls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("execution", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_started_calls")),
    )
    for table in COUNTS:
        op.add_column(table, sa.Column("unknown", sa.Integer(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    for table in COUNTS:
        op.drop_column(table, "unknown")
    op.drop_table("started_calls")
