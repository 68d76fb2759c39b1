"""how far a client has come on its way to the first call"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connection_watches",
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_connection_watches_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_connection_watches")),
    )
    with op.batch_alter_table("connection_watches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_connection_watches_until"), ["until"], unique=False)

    op.create_table(
        "connection_steps",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_connection_steps_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection_steps")),
    )
    with op.batch_alter_table("connection_steps", schema=None) as batch_op:
        batch_op.create_index("ix_connection_steps_address", ["address", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_connection_steps_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_connection_steps_workspace_id"), ["workspace_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("connection_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_connection_steps_workspace_id"))
        batch_op.drop_index(batch_op.f("ix_connection_steps_at"))
        batch_op.drop_index("ix_connection_steps_address")

    op.drop_table("connection_steps")
    with op.batch_alter_table("connection_watches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_connection_watches_until"))

    op.drop_table("connection_watches")
