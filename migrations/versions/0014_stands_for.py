"""action_executions.stands_for: how many refused attempts past a limit one row stands for

Every row so far stands for itself alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "action_executions", sa.Column("stands_for", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("action_executions", "stands_for")
