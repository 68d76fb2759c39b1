"""action_executions: turn, definition, time upstream and a word on what came of it; counts of agents and servers

The tables start empty; `halo.ledger.tally` fills them from the rows that are there, with a mark of their own, so that a
release that does not know them goes on adding to the tables it knows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = (
    ("turn_id", sa.String(length=36)),
    ("definition", sa.String(length=16)),
    ("upstream_us", sa.Integer()),
    ("word", sa.String(length=40)),
)
KEYS = (
    ("tool", 128), ("outcome", 12), ("reason", 64), ("integration", 64), ("method", 64), ("caller", 12),
    ("agent_id", 36), ("server_id", 36),
)  # fmt: skip


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("action_executions", sa.Column(name, kind, nullable=True))
    for name in ("agent", "server"):
        there = sa.text(f"{name}_id IS NOT NULL")
        op.create_index(
            f"ix_action_executions_{name}",
            "action_executions",
            [f"{name}_id", "id"],
            sqlite_where=there,
            postgresql_where=there,
        )
    for name in ("audit_holder_hours", "audit_holder_days"):
        op.create_table(
            name,
            sa.Column("workspace_id", sa.String(length=36), nullable=False),
            sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
            *(sa.Column(key, sa.String(length=length), nullable=False) for key, length in KEYS),
            sa.Column("calls", sa.Integer(), nullable=False),
            sa.Column("latency_us", sa.BigInteger(), nullable=False),
            *(sa.Column(f"c{number:02}", sa.Integer(), nullable=False) for number in range(13)),
            sa.PrimaryKeyConstraint("workspace_id", "hour", *(key for key, _ in KEYS), name=op.f(f"pk_{name}")),
            sqlite_with_rowid=False,
        )


def downgrade() -> None:
    for name in ("audit_holder_days", "audit_holder_hours"):
        op.drop_table(name)
    op.execute("DELETE FROM audit_tally_mark WHERE name = 'holders'")
    for name in ("server", "agent"):
        op.drop_index(f"ix_action_executions_{name}", table_name="action_executions")
    for name, _ in reversed(COLUMNS):
        op.drop_column("action_executions", name)
