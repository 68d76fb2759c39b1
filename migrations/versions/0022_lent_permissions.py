"""grants.permissions: what of a workspace's permissions a personal access token is lent, for the API"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    shape = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("grants", sa.Column("permissions", shape, server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("grants", "permissions")
