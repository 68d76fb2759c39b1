"""companies.team_size goes: how many end users of a company are known is counted when it is asked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("companies", "team_size")


def downgrade() -> None:
    op.add_column("companies", sa.Column("team_size", sa.Integer(), server_default="0", nullable=False))
