"""two-factor sign-in: TOTP secrets, recovery codes, and the workspace's demand for them"""

from __future__ import annotations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""


def downgrade() -> None:
    """Back."""
