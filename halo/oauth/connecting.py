"""How far a person's new connection has come, read off what the authorization server keeps anyway."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import func, select

from halo.ground import vault
from halo.ground.database import db, now
from halo.ground.principal import Member
from halo.ground.settings import Settings
from halo.oauth import resources
from halo.oauth.models import AuthorizationCode, ConsentRequest, Grant, OAuthClient, Token

LOOKED_AT = 50
"""Requests for consent that are looked through for the person's own."""


@dataclass(frozen=True)
class Attempt:
    """The newest way in of one person, as far as it has come."""

    client_name: str
    client_kind: str
    asked_at: datetime.datetime
    is_answered: bool
    is_over: bool
    """Asked, and not answered in time."""
    grant_id: str = ""
    allowed_at: datetime.datetime | None = None
    token_at: datetime.datetime | None = None
    last_used_at: datetime.datetime | None = None


def latest(*, since: datetime.datetime, principal: Member, settings: Settings) -> Attempt | None:
    """The newest attempt of this person in this workspace since then; None where there is none that is known theirs.

    A request that nobody answered yet belongs to no person: it counts where it names the workspace's own address.
    """
    request = _request(since, principal, settings)
    grant = _grant(since, principal)
    if grant is not None and (request is None or grant.created_at >= request.created_at):
        return _of_grant(grant, request)
    if request is None:
        return None
    client = request.client
    is_over = request.decided_at is None and request.expires_at <= now()
    return Attempt(client.name, client.kind, request.created_at, request.decided_at is not None, is_over)


def workspace_of_code(text: str) -> str:
    """The workspace that a code was issued in, whether it is still good or not; empty for an unknown one."""
    return (
        db.session.scalar(
            select(Grant.workspace_id)
            .join(AuthorizationCode, AuthorizationCode.grant_id == Grant.id)
            .where(AuthorizationCode.digest == vault.digest(text))
        )
        or ""
    )


def _request(since: datetime.datetime, principal: Member, settings: Settings) -> ConsentRequest | None:
    newest = db.session.scalars(
        select(ConsentRequest)
        .where(
            ConsentRequest.created_at >= since,
            ConsentRequest.person_id.is_(None) | (ConsentRequest.person_id == principal.person_id),
        )
        .order_by(ConsentRequest.created_at.desc())
        .limit(LOOKED_AT)
    )
    for row in newest:
        slug = resources.slug_of(settings, row.parameters["resource"])
        if slug == principal.workspace_slug or (slug is None and row.person_id == principal.person_id):
            return row
    return None


def _grant(since: datetime.datetime, principal: Member) -> Grant | None:
    return db.session.scalar(
        select(Grant)
        .where(
            Grant.workspace_id == principal.workspace_id,
            Grant.person_id == principal.person_id,
            Grant.kind == "oauth",
            Grant.created_at >= since,
        )
        .order_by(Grant.id.desc())
        .limit(1)
    )


def _of_grant(grant: Grant, request: ConsentRequest | None) -> Attempt:
    client: OAuthClient = grant.client
    token_at = db.session.scalar(select(func.min(Token.issued_at)).where(Token.grant_id == grant.id))
    asked_at = request.created_at if request else grant.created_at
    used_at = grant.last_used_at
    return Attempt(client.name, client.kind, asked_at, True, False, grant.id, grant.created_at, token_at, used_at)
