"""The program behind a personal access token, at a door of the API (`halo.web.programs`).

Asked of the database on every request, so that a token that is revoked, a person who left and a permission that was
taken away are in force on the next. What the token may do is what it was lent, as far as its person may do it now.
"""

from __future__ import annotations

import datetime
import time
from typing import NamedTuple

from sqlalchemy import and_, bindparam, select

from halo.ground import vault
from halo.ground.database.quick import Prepared
from halo.ground.errors import Denied, Reason
from halo.ground.permissions import Role, expand, known, permissions_of
from halo.ground.script import Script
from halo.oauth import grants
from halo.oauth.models import Grant, Token
from halo.workspaces.models import Authenticator, Membership, Person, Workspace

_BEHIND = Prepared(
    select(
        Grant.id,
        Grant.name,
        Grant.permissions,
        Grant.expires_at,
        Grant.paused_at,
        Grant.revoked_at,
        Token.expires_at,
        Token.revoked_at,
        Person.id,
        Person.name,
        Person.email,
        Person.deactivated_at,
        Workspace.id,
        Workspace.slug,
        Workspace.name,
        Workspace.time_zone,
        Workspace.currency,
        Workspace.two_factor_required,
        Membership.role,
        Membership.permissions,
        Authenticator.confirmed_at,
    )
    .join(Grant, Grant.id == Token.grant_id)
    .join(Person, Person.id == Grant.person_id)
    .join(Workspace, Workspace.id == Grant.workspace_id)
    .outerjoin(Membership, and_(Membership.person_id == Person.id, Membership.workspace_id == Workspace.id))
    .outerjoin(Authenticator, Authenticator.person_id == Person.id)
    .where(
        Token.digest == bindparam("digest"),
        Token.kind == "access",
        Grant.kind == "personal",
        Grant.end_user_id.is_(None),
    )
)
"""A token that is bound to one customer is none here: what these doors show is the whole workspace's."""


class _Row(NamedTuple):
    """A row of `_BEHIND`, in the order of its columns."""

    grant_id: str
    token_name: str
    lent: list[str]
    grant_expires_at: datetime.datetime | None
    paused_at: datetime.datetime | None
    grant_revoked_at: datetime.datetime | None
    expires_at: datetime.datetime
    revoked_at: datetime.datetime | None
    person_id: str
    person_name: str
    person_email: str
    deactivated_at: datetime.datetime | None
    workspace_id: str
    workspace_slug: str
    workspace_name: str
    time_zone: str
    currency: str
    two_factor_required: bool
    role: str | None
    permissions: list[str]
    authenticator_confirmed_at: datetime.datetime | None


def by_token(text: str) -> Script:
    """The program that holds this token; raises `Denied`, with a sentence, for one that opens nothing now."""
    found = _BEHIND.first(digest=vault.digest(text))
    if found is None:
        raise Denied(Reason.credential_unknown, "This is no personal access token of this Halo.")
    row = _Row._make(found)
    if (reason := _why_dead(row)) is not None:
        raise Denied(reason)
    grants.touch(row.grant_id)
    return _script(row)


def _why_dead(row: _Row) -> Reason | None:
    if row.revoked_at is not None or row.grant_revoked_at is not None:
        return Reason.credential_revoked
    ends = min(moment for moment in (row.expires_at, row.grant_expires_at) if moment is not None)
    if ends.timestamp() <= time.time():
        return Reason.credential_expired
    if row.role is None or row.deactivated_at is not None:
        return Reason.person_inactive
    if row.paused_at is not None:
        return Reason.grant_paused
    return Reason.two_factor_missing if row.two_factor_required and row.authenticator_confirmed_at is None else None


def _script(row: _Row) -> Script:
    role, lent = Role(row.role or ""), expand(known(row.lent))
    return Script(
        session_id="",
        person_id=row.person_id,
        name=row.person_name,
        email=row.person_email,
        is_operator=False,
        workspace_id=row.workspace_id,
        workspace_slug=row.workspace_slug,
        workspace_name=row.workspace_name,
        role=role,
        permissions=lent & permissions_of(role, row.permissions),
        time_zone=row.time_zone,
        currency=row.currency,
        grant_id=row.grant_id,
        token_name=row.token_name,
        lent=lent,
    )
