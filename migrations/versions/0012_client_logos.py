"""logos of applications, as they were fetched"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client_logos",
        sa.Column("client_row_id", sa.String(length=36), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.Column("fresh_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_row_id"],
            ["oauth_clients.id"],
            name=op.f("fk_client_logos_client_row_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("client_row_id", name=op.f("pk_client_logos")),
    )


def downgrade() -> None:
    op.drop_table("client_logos")
