"""which kinds of clients a workspace admits, which it saw, and what a narrowed grant was at its consent"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "admission_policies",
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("cimd", sa.String(length=8), nullable=False),
        sa.Column("dcr", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_admission_policies_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_admission_policies")),
    )
    op.create_table(
        "client_sightings",
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("application", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_known", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_client_sightings_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "kind", "application", name=op.f("pk_client_sightings")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("consented", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_column("consented")
    op.drop_table("client_sightings")
    op.drop_table("admission_policies")
