"""end_users.company_unproven: whether nobody vouched for the company that an end user is in

Of the companies kept so far nobody knows who named them, so each that the public widget key could have named counts as
unproven until a token names it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("end_users", sa.Column("company_unproven", sa.Boolean(), server_default=sa.false(), nullable=False))
    users = sa.table("end_users", *(sa.column(name) for name in ("external_id", "company_id", "company_unproven")))
    nameable = users.c.external_id.is_not(None), users.c.company_id.is_not(None)
    op.execute(users.update().where(*nameable).values(company_unproven=sa.true()))


def downgrade() -> None:
    op.drop_column("end_users", "company_unproven")
