"""Step 1 of every request: a credential becomes a principal.

A door accepts one kind of credential: pages a session cookie, `/api/mcp` a bearer token. What a token stands for is
cached in the process; the entry is used only while the workspace's state version stands still, so that a revocation,
a role change or a flag is in force on the next call of every process.
"""

from __future__ import annotations

import time

from sqlalchemy import and_, bindparam, select

from halo import scopes, vault
from halo.contacts import customers
from halo.database import PerEngine
from halo.errors import Denied, NotFound, Reason
from halo.oauth.models import Grant, OAuthClient, Token
from halo.permissions import Role, permissions_of
from halo.principal import Client, Member
from halo.quick import Prepared, Row
from halo.workspaces import facts
from halo.workspaces.models import Authenticator, BrowserSession, Membership, Person, Workspace

KEPT = 10_000
"""Tokens that a process keeps."""

_BEHIND = (
    Grant.client_row_id,
    Grant.scopes,
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
_clients: PerEngine[dict[str, tuple[int, Client]]] = PerEngine(lambda _: {})


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
        if len(clients) >= KEPT:
            clients.clear()
        clients[digest] = held
    client = held[1]
    if client.expires_at <= time.time():
        clients.pop(digest, None)
        raise Refused(Reason.credential_expired, client)
    return client


def _is_stale(version: int, client: Client) -> bool:
    """Whether something of the workspace was changed since, or a flag began or ended by itself."""
    return version != facts.version_of(client.workspace_id) or client.workspace.good_until <= time.time()


def _load(digest: str) -> tuple[int, Client]:
    row = _TOKEN.first(digest=digest)
    if row is None:
        raise Denied(Reason.credential_unknown)
    version = facts.version_of(row[1])
    # The version is read before the facts: a change in between makes the entry stale, never wrongly fresh.
    row = _TOKEN.first(digest=digest)
    if row is None:
        raise Denied(Reason.credential_unknown)
    client = _client(row, version)
    if row[6] is not None or row[12] is not None:
        raise Refused(Reason.credential_revoked, client)
    return version, client


def _client(row: Row, version: int) -> Client:
    ends = [moment.timestamp() for moment in (row[5], row[10]) if moment is not None]
    is_member = row[19] is not None and row[18] is None
    return Client(
        token_id=row[0],
        grant_id=row[2],
        client_row_id=row[7],
        client_name=row[13] or row[14],
        person_id=row[15],
        person_name=row[16],
        person_email=row[17],
        is_member=is_member,
        is_paused=row[11] is not None,
        permissions=permissions_of(Role(row[19]), row[20]) if is_member else frozenset(),
        scopes=scopes.intersect(row[3].split(), row[8].split()),
        resource=row[4],
        expires_at=min(ends),
        workspace=facts.of(row[1], version),
        customer=customers.bound(row[9], workspace_id=row[1]) if row[9] else None,
    )


def of_grant(grant_id: str) -> Client:
    """The client that the next token of this grant will stand for: what the gate says of it, it says of a call."""
    row = _GRANT.first(grant_id=grant_id)
    if row is None:
        raise NotFound("connection")
    return _client(row, facts.version_of(row[1]))


def by_cookie(token: str) -> Member | None:
    """The person behind a session cookie, or None where the session is unknown, over or revoked, or began without the
    second factor that its person has."""
    row = _SESSION.first(digest=vault.digest(token))
    if row is None or row[2] is not None or row[7] is not None or row[1].timestamp() <= time.time():
        return None
    has_second_factor = row[14] is not None
    if has_second_factor and row[13] is None:
        return None
    role = Role(row[11]) if row[11] else None
    lacks_two_factor = bool(role and row[15] and not has_second_factor)
    return Member(
        session_id=row[0],
        person_id=row[3],
        name=row[4],
        email=row[5],
        is_operator=bool(row[6]),
        workspace_id=row[8] if role else None,
        workspace_slug=row[9] or "",
        workspace_name=row[10] or "",
        role=role,
        permissions=permissions_of(role, row[12]) if role and not lacks_two_factor else frozenset(),
        lacks_two_factor=lacks_two_factor,
    )
