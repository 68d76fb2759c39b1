"""Step 1 of every request: a credential becomes a principal.

A door accepts one kind of credential: pages a session cookie, `/api/mcp` a bearer token. What a token stands for is
cached in the process; the entry is used only while the workspace's state version stands still, so that a revocation,
a role change or a flag is in force on the next call of every process.
"""

from __future__ import annotations

import datetime
import math
import time
from typing import NamedTuple

from sqlalchemy import and_, bindparam, select

from halo import facts
from halo.contacts import customers
from halo.ground import scopes, vault
from halo.ground.database.quick import Prepared
from halo.ground.errors import Denied, NotFound, Reason
from halo.ground.per_app import PerApp
from halo.ground.permissions import Role, permissions_of
from halo.ground.principal import Client, Member, Newcomer, SignedIn
from halo.ground.recent import Recent
from halo.oauth.models import Grant, OAuthClient, Token
from halo.workspaces.models import Authenticator, BrowserSession, Membership, Person, Workspace

KEPT = 10_000
"""Tokens that a process keeps."""

_BEHIND = (
    Grant.client_row_id,
    Grant.scopes,
    Grant.known_tools,
    Grant.left_out,
    Grant.end_user_id,
    Grant.expires_at,
    Grant.paused_at,
    Grant.revoked_at,
    Grant.name,
    OAuthClient.name,
    Person.id,
    Person.name,
    Person.email,
    Person.deactivated_at,
    Membership.role,
    Membership.permissions,
)
"""Grant, client, person and membership behind a credential."""
_TOKEN = Prepared(
    select(
        Token.id,
        Token.workspace_id,
        Token.grant_id,
        Token.scopes,
        Token.resource,
        Token.expires_at,
        Token.revoked_at,
        *_BEHIND,
    )
    .join(Grant, Grant.id == Token.grant_id)
    .join(OAuthClient, OAuthClient.id == Grant.client_row_id)
    .join(Person, Person.id == Grant.person_id)
    .outerjoin(Membership, and_(Membership.person_id == Person.id, Membership.workspace_id == Token.workspace_id))
    .where(Token.digest == bindparam("digest"), Token.kind == "access")
)
_GRANT = Prepared(
    select(
        Grant.id,
        Grant.workspace_id,
        Grant.id,
        Grant.scopes,
        Grant.resource,
        Grant.created_at,
        Grant.revoked_at,
        *_BEHIND,
    )
    .join(OAuthClient, OAuthClient.id == Grant.client_row_id)
    .join(Person, Person.id == Grant.person_id)
    .outerjoin(Membership, and_(Membership.person_id == Person.id, Membership.workspace_id == Grant.workspace_id))
    .where(Grant.id == bindparam("grant_id"))
)
"""A grant in the columns of `_TOKEN`, as if a token were issued for all of it."""
_SESSION = Prepared(
    select(
        BrowserSession.id,
        BrowserSession.expires_at,
        BrowserSession.revoked_at,
        Person.id,
        Person.name,
        Person.email,
        Person.is_operator,
        Person.deactivated_at,
        Workspace.id,
        Workspace.slug,
        Workspace.name,
        Membership.role,
        Membership.permissions,
        BrowserSession.second_factor_at,
        Authenticator.confirmed_at,
        Workspace.two_factor_required,
        Workspace.time_zone,
        Workspace.currency,
    )
    .join(Person, Person.id == BrowserSession.person_id)
    .outerjoin(Authenticator, Authenticator.person_id == Person.id)
    .outerjoin(
        Membership,
        and_(Membership.person_id == Person.id, Membership.workspace_id == BrowserSession.workspace_id),
    )
    .outerjoin(Workspace, Workspace.id == Membership.workspace_id)
    .where(BrowserSession.digest == bindparam("digest"))
)


class _Credential(NamedTuple):
    """A row of `_TOKEN` or `_GRANT`, in the order of their columns."""

    token_id: str
    workspace_id: str
    grant_id: str
    token_scopes: str
    resource: str
    expires_at: datetime.datetime
    token_revoked_at: datetime.datetime | None
    client_row_id: str
    grant_scopes: str
    known_tools: dict[str, list[str]]
    left_out: list[str]
    end_user_id: str | None
    grant_expires_at: datetime.datetime | None
    paused_at: datetime.datetime | None
    grant_revoked_at: datetime.datetime | None
    grant_name: str
    client_name: str
    person_id: str
    person_name: str
    person_email: str
    deactivated_at: datetime.datetime | None
    role: str | None
    permissions: list[str]


class _Session(NamedTuple):
    """A row of `_SESSION`, in the order of its columns; from `workspace_id` on without a membership all None."""

    session_id: str
    expires_at: datetime.datetime
    revoked_at: datetime.datetime | None
    person_id: str
    person_name: str
    person_email: str
    is_operator: bool
    deactivated_at: datetime.datetime | None
    workspace_id: str | None
    workspace_slug: str | None
    workspace_name: str | None
    role: str | None
    permissions: list[str]
    second_factor_at: datetime.datetime | None
    authenticator_confirmed_at: datetime.datetime | None
    two_factor_required: bool | None
    time_zone: str | None
    currency: str | None


_clients: PerApp[Recent[str, tuple[int, Client]]] = PerApp(lambda: Recent(KEPT))


class Refused(Denied):
    """A bearer credential that is known but no longer good: `client` says whose it was, for the audit log."""

    def __init__(self, reason: Reason, client: Client) -> None:
        super().__init__(reason)
        self.client = client


def by_bearer(token: str) -> Client:
    """The client behind an access token; raises `Denied` with a credential reason.

    Whether the person, the flag and the grant still allow anything is the gate's question, not this one's.
    """
    digest = vault.digest(token)
    clients = _clients.get()
    held = clients.get(digest)
    if held is None or _is_stale(*held):
        held = _load(digest)
        clients.put(digest, held)
    client = held[1]
    if client.expires_at <= time.time():
        clients.drop(digest)
        raise Refused(Reason.credential_expired, client)
    return client


def _is_stale(version: int, client: Client) -> bool:
    """Whether something of the workspace was changed since, or a flag began or ended by itself."""
    return version != facts.version_of(client.workspace_id) or client.workspace.good_until <= time.time()


def _load(digest: str) -> tuple[int, Client]:
    row = _of_token(digest)
    version = facts.version_of(row.workspace_id)
    # The version is read before the facts: a change in between makes the entry stale, never wrongly fresh.
    row = _of_token(digest)
    client = _client(row, version)
    if row.token_revoked_at is not None or row.grant_revoked_at is not None:
        raise Refused(Reason.credential_revoked, client)
    return version, client


def _of_token(digest: str) -> _Credential:
    row = _TOKEN.first(digest=digest)
    if row is None:
        raise Denied(Reason.credential_unknown)
    return _Credential._make(row)


def _client(row: _Credential, version: int) -> Client:
    ends = [moment.timestamp() for moment in (row.expires_at, row.grant_expires_at) if moment is not None]
    role = Role(row.role) if row.role is not None and row.deactivated_at is None else None
    return Client(
        token_id=row.token_id,
        grant_id=row.grant_id,
        client_row_id=row.client_row_id,
        client_name=row.grant_name or row.client_name,
        person_id=row.person_id,
        person_name=row.person_name,
        person_email=row.person_email,
        is_member=role is not None,
        is_paused=row.paused_at is not None,
        permissions=permissions_of(role, row.permissions) if role else frozenset(),
        scopes=scopes.intersect(row.token_scopes.split(), row.grant_scopes.split()),
        resource=row.resource,
        expires_at=min(ends),
        workspace=facts.of(row.workspace_id, version),
        known_tools={scope: frozenset(names) for scope, names in row.known_tools.items()},
        left_out=frozenset(row.left_out),
        customer=customers.bound(row.end_user_id, workspace_id=row.workspace_id) if row.end_user_id else None,
    )


def of_grant(grant_id: str) -> Client:
    """The client that the next token of this grant will stand for: what the gate says of it, it says of a call."""
    row = _GRANT.first(grant_id=grant_id)
    if row is None:
        raise NotFound("connection")
    credential = _Credential._make(row)
    return _client(credential, facts.version_of(credential.workspace_id))


def prospect(member: Member, held: frozenset[str]) -> Client:
    """The client that a connection for which this person allowed these scopes would stand for."""
    return Client(
        token_id="",
        grant_id="",
        client_row_id="",
        client_name="",
        person_id=member.person_id,
        person_name=member.name,
        person_email=member.email,
        is_member=member.role is not None,
        is_paused=False,
        permissions=member.permissions,
        scopes=held,
        resource="",
        expires_at=math.inf,
        workspace=facts.now_of(member.workspace_id),
    )


def by_cookie(token: str) -> SignedIn | None:
    """The person behind a session cookie, or None where the session is unknown, over or revoked, or began without the
    second factor that its person has."""
    found = _SESSION.first(digest=vault.digest(token))
    if found is None:
        return None
    row = _Session._make(found)
    if row.revoked_at is not None or row.deactivated_at is not None or row.expires_at.timestamp() <= time.time():
        return None
    if row.authenticator_confirmed_at is not None and row.second_factor_at is None:
        return None
    return _member(row, row.workspace_id, Role(row.role)) if row.workspace_id and row.role else _newcomer(row)


def _newcomer(row: _Session) -> Newcomer:
    return Newcomer(row.person_id, row.person_name, row.person_email, bool(row.is_operator), row.session_id)


def _member(row: _Session, workspace_id: str, role: Role) -> Member:
    lacks_two_factor = bool(row.two_factor_required and row.authenticator_confirmed_at is None)
    return Member(
        session_id=row.session_id,
        person_id=row.person_id,
        name=row.person_name,
        email=row.person_email,
        is_operator=bool(row.is_operator),
        workspace_id=workspace_id,
        workspace_slug=row.workspace_slug or "",
        workspace_name=row.workspace_name or "",
        role=role,
        permissions=frozenset() if lacks_two_factor else permissions_of(role, row.permissions),
        time_zone=row.time_zone or "UTC",
        currency=row.currency or "USD",
        lacks_two_factor=lacks_two_factor,
    )
