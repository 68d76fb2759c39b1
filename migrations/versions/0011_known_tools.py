"""grants.known_tools: the tools that a person saw under a scope, where it does not include what is added later"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    shape = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("grants", sa.Column("known_tools", shape, server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("grants", "known_tools")
