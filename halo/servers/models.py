"""Rows of connected servers: where each stands, its credentials, a sign-in on its way, its tools and their definitions.

What a tool of a server is for a model follows from these rows alone (`halo.servers.source`); `Server.revision` is
raised with every change of them.
"""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from halo.ground import vault
from halo.ground.database import Id, Model, WorkspaceOwned, new_id, now
from halo.jobs.models import Due

ADDRESS = 2048
"""Signs of a server's address."""
SLUG = 32
DIGEST = 64
"""Signs of a SHA-256 in hexadecimal."""


class Server(WorkspaceOwned, Due, Model):
    """An MCP server that a workspace connected. It is due when its list of tools has to be asked again."""

    __tablename__ = "servers"
    __table_args__ = (UniqueConstraint("workspace_id", "slug"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(SLUG))
    """The integration's key, and what stands before the name of each of its tools."""
    name: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(ADDRESS))
    auth_method: Mapped[str] = mapped_column(String(8))
    """`none`, `bearer` or `oauth2`."""
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Further headers of every request, never credentials."""
    wishes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What a person set for the sign-in (`halo.servers.authorization.Wishes`)."""
    client: Mapped[str] = mapped_column(Text, default="", server_default="", info=vault.SEALED)
    """Who Halo is at its authorization server (`halo.servers.clients`), encrypted; empty until somebody signs in."""
    call_seconds: Mapped[int] = mapped_column(default=45)
    is_on: Mapped[bool] = mapped_column(default=True)
    """Actions mode: off, none of its tools is called."""
    is_ours: Mapped[bool] = mapped_column(default=False)
    """Whether the workspace itself runs it; else it is a stranger's, and so are its words."""
    sends_assertion: Mapped[bool] = mapped_column(default=False)
    """Whether a signed statement about the customer goes with each call; only to a server of ours."""
    for_clients: Mapped[bool] = mapped_column(default=False)
    """Also offer to external clients."""
    revision: Mapped[int] = mapped_column(default=1)
    """Raised with whatever its tools depend on."""
    protocol_version: Mapped[str] = mapped_column(String(10), default="")
    """The revision of MCP that it was found to speak."""
    said_name: Mapped[str] = mapped_column(String(200), default="")
    """What it calls itself."""
    listed_at: Mapped[datetime.datetime | None]
    """When its tools were last listed in full."""
    last_ok_at: Mapped[datetime.datetime | None]
    """When a real request to it last went well."""
    problem_at: Mapped[datetime.datetime | None]
    """When the last real request failed; null since one went well."""
    problem_stage: Mapped[str] = mapped_column(String(16), default="")
    """Where: address, tls, http, auth, scope, refresh, protocol or schema."""
    problem: Mapped[str] = mapped_column(String(500), default="")
    """In a sentence of ours."""
    connected_at: Mapped[datetime.datetime] = mapped_column(default=now)
    connected_by: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id", ondelete="SET NULL"))


class ServerCredential(WorkspaceOwned, Due, Model):
    """What Halo shows to a server; due when it has to be refreshed."""

    __tablename__ = "server_credentials"

    server_id: Mapped[str] = mapped_column(String(36), ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text, info=vault.SEALED)
    """JSON with the names of the row inside, encrypted (`halo.ground.vault`)."""
    issuer: Mapped[str] = mapped_column(String(ADDRESS), default="")
    """The authorization server that these are of; they are never shown to another."""
    scope: Mapped[str] = mapped_column(Text, default="")
    short_of: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Scope that the server wanted of a request beyond these; the next sign-in asks for it too."""
    expires_at: Mapped[datetime.datetime | None]
    """Null for what does not expire."""
    generation: Mapped[int] = mapped_column(default=1)
    """Raised whenever other secrets stand here."""
    dead_at: Mapped[datetime.datetime | None]
    """Since when the server that issued them takes them no more: somebody has to sign in again."""
    obtained_at: Mapped[datetime.datetime] = mapped_column(default=now)
    obtained_by: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id", ondelete="SET NULL"))


class ServerSignIn(WorkspaceOwned, Model):
    """A sign-in between the two visits of a browser; used once, within ten minutes, by whoever began it."""

    __tablename__ = "server_sign_ins"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    server_id: Mapped[str] = mapped_column(String(36), ForeignKey("servers.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id", ondelete="CASCADE"))
    session: Mapped[str] = mapped_column(String(DIGEST))
    """Digest of the browser's session."""
    state: Mapped[str] = mapped_column(String(DIGEST), unique=True)
    """Digest of `state`."""
    sealed: Mapped[str] = mapped_column(Text, info=vault.SEALED)
    """What has to be known when it comes back (`halo.servers.authorization.Pending`), encrypted."""
    expires_at: Mapped[datetime.datetime] = mapped_column(index=True)


class ToolDefinition(WorkspaceOwned, Model):
    """One definition of a tool as a server gave it, kept by its digest; never changed."""

    __tablename__ = "tool_definitions"
    __table_args__ = (UniqueConstraint("workspace_id", "digest"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    digest: Mapped[str] = mapped_column(String(DIGEST))
    """`halo.servers.lock.digest`."""
    definition: Mapped[str] = mapped_column(Text)
    """What the lock is about, as JSON in ASCII."""
    seen_at: Mapped[datetime.datetime] = mapped_column(default=now)


class ServerTool(WorkspaceOwned, Model):
    """One tool of a connected server: what was accepted of it, what the server lists now, and what people decided."""

    __tablename__ = "server_tools"
    __table_args__ = (UniqueConstraint("server_id", "name"), UniqueConstraint("workspace_id", "alias"))

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    server_id: Mapped[str] = mapped_column(String(36), ForeignKey("servers.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    """As the server calls it."""
    alias: Mapped[str] = mapped_column(String(64))
    """As models call it (`halo.servers.aliases`); it stays while the row lives."""
    accepted: Mapped[str | None] = mapped_column(String(DIGEST))
    """Digest of the definition that calls run on; null while nobody accepted any."""
    listed: Mapped[str | None] = mapped_column(String(DIGEST))
    """Digest of what the server lists now; null where it lists the tool no more."""
    kept: Mapped[str | None] = mapped_column(String(DIGEST))
    """Digest of a listed definition that a person looked at and did not take: it is not held again."""
    renamed_from: Mapped[str] = mapped_column(String(200), default="")
    """The name of the tool that this one seems to have been."""
    unusable: Mapped[str] = mapped_column(String(500), default="")
    """Why what is listed cannot be used at all; empty where it can."""
    reach: Mapped[str] = mapped_column(String(16), default="unsorted")
    """Name of a `halo.servers.reach.Reach`."""
    locks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Parameter -> attribute of the customer that Halo fills it with."""
    classified: Mapped[str] = mapped_column(String(16), default="")
    """`destructive` or `safe` where a person said so; empty: by the server's hints."""
    accepted_at: Mapped[datetime.datetime | None]
    accepted_by: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id", ondelete="SET NULL"))
    first_listed_at: Mapped[datetime.datetime] = mapped_column(default=now)
    listed_at: Mapped[datetime.datetime] = mapped_column(default=now)
    """When the server began to list what it lists now."""


class AssertionKey(Model):
    """A key with which this Halo signs statements about customers: the newest signs, all of them are published."""

    __tablename__ = "assertion_keys"

    kid: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Thumbprint (RFC 7638)."""
    sealed: Mapped[str] = mapped_column(Text, info=vault.SEALED)
    """The private key as a JWK, encrypted."""
    made_at: Mapped[datetime.datetime] = mapped_column(default=now, index=True)
    retires_at: Mapped[datetime.datetime | None]
    """When it is published no more; null for the one that signs."""
