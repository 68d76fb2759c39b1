"""Rows of workspaces: people, workspaces, memberships, browser sessions, and the version that caches watch."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from halo.ground import vault
from halo.ground.database import Id, Model, WorkspaceOwned, new_id, now


class Person(Model):
    """Somebody who signs in to the dashboard."""

    __tablename__ = "people"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    """Lower case."""
    name: Mapped[str] = mapped_column(String(200))
    password_digest: Mapped[str] = mapped_column(String(255))
    """Argon2id, with its parameters."""
    is_operator: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    deactivated_at: Mapped[datetime.datetime | None]

    memberships: Mapped[list[Membership]] = relationship(back_populates="person")


class Workspace(Model):
    """A company's support team."""

    __tablename__ = "workspaces"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    currency: Mapped[str] = mapped_column(String(3), default="USD", server_default="USD")
    """ISO 4217: in what its customers' revenue is counted."""
    widget_key: Mapped[str] = mapped_column(String(80), unique=True)
    """`ab_live_...`: publishable, stands in web pages."""
    identity_secret: Mapped[str] = mapped_column(String(512), info=vault.SEALED)
    """`ha_secret_...`, encrypted by `halo.ground.vault`."""
    identity_required: Mapped[bool] = mapped_column(default=False)
    """Whether the ingestion API refuses a known end user without a valid identity token."""
    limits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Overrides of `halo.ground.limits.DEFAULTS`, by name."""
    audit_payloads: Mapped[str] = mapped_column(String(16), default="redacted")
    """What the audit log keeps of arguments: full, redacted or none."""
    two_factor_required: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether members without two-factor sign-in are led to set it up before they see anything of the workspace."""
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)

    memberships: Mapped[list[Membership]] = relationship(back_populates="workspace")


class Membership(WorkspaceOwned, Model):
    """One person in one workspace; leaving deletes the row."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("workspace_id", "person_id"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    permissions: Mapped[list[str]] = mapped_column(default=list)
    """Permission words; matter for a Member only."""
    is_billing_contact: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)

    person: Mapped[Person] = relationship(back_populates="memberships")
    workspace: Mapped[Workspace] = relationship(back_populates="memberships")


class Invitation(WorkspaceOwned, Model):
    """A link that takes one person into the workspace once. The link holds the token, this row only its digest."""

    __tablename__ = "invitations"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(320))
    """Lower case; only this address can use the link."""
    role: Mapped[str] = mapped_column(String(16))
    permissions: Mapped[list[str]] = mapped_column(default=list)
    invited_by: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id", ondelete="SET NULL"))
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime.datetime]
    accepted_at: Mapped[datetime.datetime | None]
    withdrawn_at: Mapped[datetime.datetime | None]

    workspace: Mapped[Workspace] = relationship()


class BrowserSession(Model):
    """A signed-in browser. The cookie holds the token, this row only its digest."""

    __tablename__ = "browser_sessions"
    __table_args__ = (Index("ix_browser_sessions_person", "person_id"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id", ondelete="CASCADE"))
    workspace_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("workspaces.id", ondelete="SET NULL"))
    """The workspace that the browser looks at."""
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime.datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime.datetime]
    revoked_at: Mapped[datetime.datetime | None]
    address: Mapped[str] = mapped_column(String(64), default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    second_factor_at: Mapped[datetime.datetime | None]
    """When this browser proved the second factor; of a person who has one, a session without it opens nothing."""

    person: Mapped[Person] = relationship()


class PendingSignIn(Model):
    """A browser whose person gave the password and still owes the second factor: it opens only the page for that."""

    __tablename__ = "pending_sign_ins"
    __table_args__ = (Index("ix_pending_sign_ins_person", "person_id"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """Of a cookie of its own, which is not the session's."""
    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id", ondelete="CASCADE"))
    target: Mapped[str] = mapped_column(String(4000), default="/")
    """The path of ours that was wanted."""
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime.datetime]

    person: Mapped[Person] = relationship()


class Authenticator(Model):
    """The one authenticator app of a person: a TOTP secret (RFC 6238), in force once a code of it was given."""

    __tablename__ = "authenticators"

    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(512), info=vault.SEALED)
    """Base32, encrypted by `halo.ground.vault`."""
    last_step: Mapped[int] = mapped_column(default=0)
    """The time step of the last code that was taken: no code of it or of an earlier one is taken again."""
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime.datetime | None]


class RecoveryCode(Model):
    """A code that stands in for the authenticator once; the person has the code, this row its digest."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("person_id", "digest"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
