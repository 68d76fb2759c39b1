"""flags that begin and end by themselves, and the words that refused callers read

Outside its time a decision leaves the value that held before it: `otherwise_on`, or the default where it is null.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("flag_values", schema=None) as batch_op:
        batch_op.add_column(sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("otherwise_on", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("message", sa.String(length=300), server_default="", nullable=False))


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("flag_values", schema=None) as batch_op:
        batch_op.drop_column("message")
        batch_op.drop_column("otherwise_on")
        batch_op.drop_column("ends_at")
        batch_op.drop_column("starts_at")
