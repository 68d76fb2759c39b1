"""who Halo is at a server's authorization server, and the scope that a sign-in turned out to lack

A server that is connected already has no client until somebody signs in to it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("servers", sa.Column("client", sa.Text(), server_default="", nullable=False))
    op.add_column("server_credentials", sa.Column("short_of", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("server_credentials", "short_of")
    op.drop_column("servers", "client")
