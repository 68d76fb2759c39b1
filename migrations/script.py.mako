"""${message}

A revision works with the release before it, which is still serving while it runs: add first, remove one release later;
a new column is nullable or has a server default; a big table is filled in batches. It goes down as well as up, on
SQLite and on PostgreSQL, and imports nothing from halo: later code has other models.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
