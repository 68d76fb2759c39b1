"""flag_values has the columns that a job works by: the beginnings and ends that are still to come are written down

Those that came before this revision stay what they are in the operators' history: reckoned from the decisions.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NEXT = """
UPDATE flag_values SET due_at = CASE WHEN starts_at > CURRENT_TIMESTAMP THEN starts_at ELSE ends_at END
WHERE starts_at > CURRENT_TIMESTAMP OR ends_at > CURRENT_TIMESTAMP
"""


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("flag_values", sa.Column("due_at", moment, nullable=True))
    op.add_column("flag_values", sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
    op.add_column("flag_values", sa.Column("lease_until", moment, nullable=True))
    op.add_column("flag_values", sa.Column("last_error", sa.String(500), server_default="", nullable=False))
    op.create_index("ix_flag_values_due_at", "flag_values", ["due_at"])
    op.execute(NEXT)


def downgrade() -> None:
    op.drop_index("ix_flag_values_due_at", table_name="flag_values")
    for name in ("last_error", "lease_until", "attempts", "due_at"):
        op.drop_column("flag_values", name)
