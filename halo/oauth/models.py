"""Rows of the authorization server. Secrets stand here only as SHA-256 digests."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from halo.ground import vault
from halo.ground.database import Id, Model, WorkspaceOwned, new_id, now
from halo.workspaces.models import Person, Workspace


class OAuthClient(Model):
    """An application that can ask for a grant: registered (RFC 7591), a document, or Halo's own for scripts."""

    __tablename__ = "oauth_clients"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(String(2048), unique=True)
    """`halo_client_...`, or the https URL of a client id metadata document."""
    kind: Mapped[str] = mapped_column(String(16))
    """dcr, cimd or personal."""
    secret_digest: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    token_endpoint_auth_method: Mapped[str] = mapped_column(String(32), default="none")
    redirect_uris: Mapped[list[str]] = mapped_column(default=list)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Everything else that was registered: client_uri, logo_uri, software_id, scope, contacts, ..."""
    registered_from: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime.datetime] = mapped_column(default=now, index=True)
    document_fresh_until: Mapped[datetime.datetime | None]
    """For cimd: when the document must be read again."""

    @property
    def is_from_list(self) -> bool:
        """Whether its document could not be read, so that our own list describes it (`halo.oauth.known_clients`)."""
        return bool((self.details or {}).get("from_list"))


class ClientLogo(Model):
    """The logo of an application as it was fetched, or that it could not be (`halo.oauth.logos`)."""

    __tablename__ = "client_logos"

    client_row_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("oauth_clients.id", ondelete="CASCADE"), primary_key=True
    )
    address: Mapped[str] = mapped_column(String(1000))
    """Where it was fetched; another one in the client's metadata is fetched anew."""
    kind: Mapped[str] = mapped_column(String(16))
    """Its media type; empty where there is no picture."""
    image: Mapped[bytes] = mapped_column(LargeBinary)
    fresh_until: Mapped[datetime.datetime]
    """When it is fetched, or tried, again."""


class Grant(WorkspaceOwned, Model):
    """What one person allowed one client in one workspace."""

    __tablename__ = "grants"
    __table_args__ = (Index("ix_grants_person_client", "person_id", "client_row_id"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(String(36), ForeignKey("people.id", ondelete="CASCADE"))
    client_row_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("oauth_clients.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(16), default="oauth")
    """oauth, or personal for a personal access token."""
    name: Mapped[str] = mapped_column(String(200), default="")
    scopes: Mapped[str] = mapped_column(Text)
    """Canonical, space-separated; what the person allows now."""
    consented: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What they allowed at the last consent, where `scopes` was narrowed since; empty where it was not."""
    known_tools: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Scope -> names of the tools that the person saw under it. A scope that is not here includes what comes later."""
    left_out: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Groups of tools that the person left out of a scope (`halo.ground.groups.place`)."""
    permissions: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Of a personal access token: what of the workspace's permissions it is lent, for the API. No client has any."""
    end_user_id: Mapped[str | None] = mapped_column(String(36))
    """Bound to this end user ("only this customer")."""
    resource: Mapped[str] = mapped_column(String(512))
    redirect_uri: Mapped[str] = mapped_column(String(2048), default="")
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime.datetime | None]
    """When the person's consent ends; None: until revoked."""
    paused_at: Mapped[datetime.datetime | None]
    revoked_at: Mapped[datetime.datetime | None]
    revoked_why: Mapped[str] = mapped_column(String(64), default="")
    last_used_at: Mapped[datetime.datetime | None]

    person: Mapped[Person] = relationship()
    workspace: Mapped[Workspace] = relationship()
    client: Mapped[OAuthClient] = relationship()


class AuthorizationCode(Model):
    """A code between consent and the token endpoint; single use, bound to all that was agreed."""

    __tablename__ = "authorization_codes"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    grant_id: Mapped[str] = mapped_column(String(36), ForeignKey("grants.id", ondelete="CASCADE"), index=True)
    redirect_uri: Mapped[str] = mapped_column(String(2048))
    redirect_uri_sent: Mapped[bool] = mapped_column(default=True)
    """Read by the release before this one alone, which wants the redirect URI again where it was sent."""
    """Whether the authorization request named it, so that the token request must."""
    code_challenge: Mapped[str] = mapped_column(String(128))
    scopes: Mapped[str] = mapped_column(Text)
    resource: Mapped[str] = mapped_column(String(512))
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime.datetime]
    used_at: Mapped[datetime.datetime | None]

    grant: Mapped[Grant] = relationship()


class Token(WorkspaceOwned, Model):
    """An access or refresh token, by digest."""

    __tablename__ = "tokens"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    """access or refresh."""
    grant_id: Mapped[str] = mapped_column(String(36), ForeignKey("grants.id", ondelete="CASCADE"), index=True)
    family_id: Mapped[str] = mapped_column(String(36), index=True)
    """All tokens that descend from one authorization code."""
    scopes: Mapped[str] = mapped_column(Text)
    resource: Mapped[str] = mapped_column(String(512))
    issued_at: Mapped[datetime.datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime.datetime]
    revoked_at: Mapped[datetime.datetime | None]
    rotated_at: Mapped[datetime.datetime | None]
    """For a refresh token: when its successor was issued."""

    grant: Mapped[Grant] = relationship()


class ConsentRequest(Model):
    """An authorization request between `/authorize` and the person's decision; short-lived, in the database so that
    any worker can answer the next step."""

    __tablename__ = "consent_requests"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of the transaction id in the consent page's URL."""
    client_row_id: Mapped[str] = mapped_column(String(36), ForeignKey("oauth_clients.id", ondelete="CASCADE"))
    parameters: Mapped[dict[str, Any]] = mapped_column()
    """The checked authorization request: redirect_uri, state, scope, code_challenge, resource, ..."""
    created_at: Mapped[datetime.datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime.datetime] = mapped_column(index=True)
    person_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("people.id", ondelete="CASCADE"))
    decided_at: Mapped[datetime.datetime | None]
    answer: Mapped[str | None] = mapped_column(Text, info=vault.SEALED)
    """The encrypted redirect of the decision, so that a second press of the button answers the same."""

    client: Mapped[OAuthClient] = relationship()


class AdmissionPolicy(Model):
    """Which applications may connect to a workspace; no row: any valid one."""

    __tablename__ = "admission_policies"

    workspace_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True
    )
    cimd: Mapped[str] = mapped_column(String(8))
    """For those with a metadata document: known, any or off."""
    dcr: Mapped[str] = mapped_column(String(8))
    """For those that register themselves: known, any or off."""


class ClientSighting(Model):
    """An application that asked for a workspace at consent; outlives the registration, which may be forgotten."""

    __tablename__ = "client_sightings"

    workspace_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    application: Mapped[str] = mapped_column(String(300), primary_key=True)
    """What makes registrations one application (`halo.oauth.admission`)."""
    name: Mapped[str] = mapped_column(String(200))
    is_known: Mapped[bool]
    seen_at: Mapped[datetime.datetime] = mapped_column(default=now)


class SecurityEvent(Model):
    """Something to look at: a code or refresh token replayed, a refresh refused, an app that a person reported."""

    __tablename__ = "security_events"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime.datetime] = mapped_column(default=now)
    workspace_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(64))
    grant_id: Mapped[str | None] = mapped_column(String(36))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ConnectionWatch(Model):
    """Somebody of this workspace has the page open; while none has, nothing is noted."""

    __tablename__ = "connection_watches"

    workspace_id: Mapped[str] = mapped_column(
        String(36), ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True
    )
    until: Mapped[datetime.datetime] = mapped_column(index=True)


class ConnectionStep(WorkspaceOwned, Model):
    """Something that a client did on its way in."""

    __tablename__ = "connection_steps"
    __table_args__ = (Index("ix_connection_steps_address", "address", "at"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime.datetime] = mapped_column(default=now, index=True)
    kind: Mapped[str] = mapped_column(String(24))
    """A `halo.oauth.steps.StepKind`."""
    sentence: Mapped[str] = mapped_column(String(500), default="")
    """What was wrong, in words of ours."""
    address: Mapped[str] = mapped_column(String(64), default="")
    """Digest of where the client called from, to tie a registration to the look before it."""
