"""grants.left_out: groups of tools that a person left out of a scope

Grants from before leave nothing out; a release that does not know the column writes rows that leave nothing out.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    shape = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("grants", sa.Column("left_out", shape, server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("grants", "left_out")
