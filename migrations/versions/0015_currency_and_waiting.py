"""workspaces.currency: in what the workspace's revenue is counted; tickets.waiting_since: since when the customer waits

Tickets that are not resolved wait since the first of the customer's messages that nobody has answered yet. One without
messages waits since it was opened.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ANSWERED = """
SELECT COALESCE(MAX(a.position), 0) FROM ticket_messages a
WHERE a.ticket_id = tickets.id AND a.author IN ('ai', 'teammate') AND a.kind <> 'note'
"""
_WAITING = f"""
UPDATE tickets SET waiting_since = CASE WHEN message_count = 0 THEN created_at ELSE (
  SELECT MIN(m.sent_at) FROM ticket_messages m
  WHERE m.ticket_id = tickets.id AND m.author = 'end_user' AND m.position > ({_ANSWERED})
) END
WHERE status IN ('open', 'priority', 'in_progress', 'snoozed')
"""  # noqa: S608 - constants of this file


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("currency", sa.String(3), server_default="USD", nullable=False))
    op.add_column("tickets", sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
    op.execute(_WAITING)
    op.create_index("ix_tickets_waiting", "tickets", ["workspace_id", "waiting_since", "id"])


def downgrade() -> None:
    op.drop_index("ix_tickets_waiting", "tickets")
    op.drop_column("tickets", "waiting_since")
    op.drop_column("workspaces", "currency")
