"""servers, their credentials, sign-ins, tools and definitions, and the keys that sign statements

Without rows there are the declared tools alone, as before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _due() -> list[sa.Column]:
    return [
        _moment("due_at"),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _moment("lease_until"),
        sa.Column("last_error", sa.String(length=500), server_default="", nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "assertion_keys",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        _moment("made_at", nullable=False),
        _moment("retires_at"),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_assertion_keys")),
    )
    op.create_index("ix_assertion_keys_made_at", "assertion_keys", ["made_at"], unique=False)

    op.create_table(
        "servers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("slug", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("auth_method", sa.String(length=8), nullable=False),
        sa.Column("headers", _JSON, nullable=False),
        sa.Column("wishes", _JSON, nullable=False),
        sa.Column("call_seconds", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("is_ours", sa.Boolean(), nullable=False),
        sa.Column("sends_assertion", sa.Boolean(), nullable=False),
        sa.Column("for_clients", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("protocol_version", sa.String(length=10), nullable=False),
        sa.Column("said_name", sa.String(length=200), nullable=False),
        _moment("listed_at"),
        _moment("last_ok_at"),
        _moment("problem_at"),
        sa.Column("problem_stage", sa.String(length=16), nullable=False),
        sa.Column("problem", sa.String(length=500), nullable=False),
        _moment("connected_at", nullable=False),
        sa.Column("connected_by", sa.String(length=36), nullable=True),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        *_due(),
        sa.ForeignKeyConstraint(
            ["connected_by"], ["people.id"], name=op.f("fk_servers_connected_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_servers_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_servers")),
        sa.UniqueConstraint("workspace_id", "slug", name=op.f("uq_servers_workspace_id_slug")),
    )
    op.create_index("ix_servers_due_at", "servers", ["due_at"], unique=False)
    op.create_index("ix_servers_workspace_id", "servers", ["workspace_id"], unique=False)

    op.create_table(
        "tool_definitions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        _moment("seen_at", nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_tool_definitions_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tool_definitions")),
        sa.UniqueConstraint("workspace_id", "digest", name=op.f("uq_tool_definitions_workspace_id_digest")),
    )
    op.create_index("ix_tool_definitions_workspace_id", "tool_definitions", ["workspace_id"], unique=False)

    op.create_table(
        "server_credentials",
        sa.Column("server_id", sa.String(length=36), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("issuer", sa.String(length=2048), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        _moment("expires_at"),
        sa.Column("generation", sa.Integer(), nullable=False),
        _moment("dead_at"),
        _moment("obtained_at", nullable=False),
        sa.Column("obtained_by", sa.String(length=36), nullable=True),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        *_due(),
        sa.ForeignKeyConstraint(
            ["obtained_by"], ["people.id"], name=op.f("fk_server_credentials_obtained_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_server_credentials_server_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_server_credentials_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_server_credentials")),
    )
    op.create_index("ix_server_credentials_due_at", "server_credentials", ["due_at"], unique=False)
    op.create_index("ix_server_credentials_workspace_id", "server_credentials", ["workspace_id"], unique=False)

    op.create_table(
        "server_sign_ins",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("session", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        _moment("expires_at", nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_server_sign_ins_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_server_sign_ins_server_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_server_sign_ins_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_sign_ins")),
        sa.UniqueConstraint("state", name=op.f("uq_server_sign_ins_state")),
    )
    op.create_index("ix_server_sign_ins_expires_at", "server_sign_ins", ["expires_at"], unique=False)
    op.create_index("ix_server_sign_ins_server_id", "server_sign_ins", ["server_id"], unique=False)
    op.create_index("ix_server_sign_ins_workspace_id", "server_sign_ins", ["workspace_id"], unique=False)

    op.create_table(
        "server_tools",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("alias", sa.String(length=64), nullable=False),
        sa.Column("accepted", sa.String(length=64), nullable=True),
        sa.Column("listed", sa.String(length=64), nullable=True),
        sa.Column("kept", sa.String(length=64), nullable=True),
        sa.Column("renamed_from", sa.String(length=200), nullable=False),
        sa.Column("unusable", sa.String(length=500), nullable=False),
        sa.Column("reach", sa.String(length=16), nullable=False),
        sa.Column("locks", _JSON, nullable=False),
        sa.Column("classified", sa.String(length=16), nullable=False),
        _moment("accepted_at"),
        sa.Column("accepted_by", sa.String(length=36), nullable=True),
        _moment("first_listed_at", nullable=False),
        _moment("listed_at", nullable=False),
        sa.Column("workspace_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["people.id"], name=op.f("fk_server_tools_accepted_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_server_tools_server_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_server_tools_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_tools")),
        sa.UniqueConstraint("server_id", "name", name=op.f("uq_server_tools_server_id_name")),
        sa.UniqueConstraint("workspace_id", "alias", name=op.f("uq_server_tools_workspace_id_alias")),
    )
    op.create_index("ix_server_tools_workspace_id", "server_tools", ["workspace_id"], unique=False)


def downgrade() -> None:
    op.drop_table("server_tools")
    op.drop_table("server_sign_ins")
    op.drop_table("server_credentials")
    op.drop_table("tool_definitions")
    op.drop_table("servers")
    op.drop_table("assertion_keys")
