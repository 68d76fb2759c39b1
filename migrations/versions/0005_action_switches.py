"""switches of actions: which tools external clients may not call"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "action_switches",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=128), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=36), nullable=True),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["people.id"], name=op.f("fk_action_switches_set_by"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_action_switches_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_switches")),
        sa.UniqueConstraint(
            "workspace_id", "holder", "action", name=op.f("uq_action_switches_workspace_id_holder_action")
        ),
    )
    with op.batch_alter_table("action_switches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_action_switches_workspace_id"), ["workspace_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("action_switches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_action_switches_workspace_id"))

    op.drop_table("action_switches")
