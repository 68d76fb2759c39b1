"""Connections as their people see them: listing them on Connected apps and the command line, pausing and ending them.

A person changes their own; who holds `apps:manage` changes everybody's in the workspace. To others they do not exist.
"""

from __future__ import annotations

import datetime

from sqlalchemy import select

from halo.audit import changes
from halo.database import db, now, one_change
from halo.errors import Denied, NotFound, Reason
from halo.oauth.grants import end, label
from halo.oauth.models import Grant
from halo.permissions import Permission
from halo.principal import Member


def of_workspace(*, principal: Member, everyone: bool) -> list[Grant]:
    """The live grants of the person, or of the whole workspace for who may manage apps; newest first."""
    if everyone and not principal.may(Permission.APPS_MANAGE):
        raise Denied(Reason.permission_missing, permission=Permission.APPS_MANAGE)
    wanted = select(Grant).where(Grant.workspace_id == principal.workspace_id, Grant.revoked_at.is_(None))
    if not everyone:
        wanted = wanted.where(Grant.person_id == principal.person_id)
    return list(db.session.scalars(wanted.order_by(Grant.id.desc())))


def personal_of(workspace_id: str) -> list[Grant]:
    """The live personal access tokens of the workspace, newest first, for the command line."""
    return list(
        db.session.scalars(
            select(Grant)
            .where(Grant.workspace_id == workspace_id, Grant.kind == "personal", Grant.revoked_at.is_(None))
            .order_by(Grant.id.desc())
        )
    )


def get(grant_id: str, *, principal: Member) -> Grant:
    """A live grant of the workspace that the person may change: their own, or any with `apps:manage`."""
    grant = db.session.scalar(
        select(Grant).where(
            Grant.id == grant_id, Grant.workspace_id == principal.workspace_id, Grant.revoked_at.is_(None)
        )
    )
    if grant is None or not (grant.person_id == principal.person_id or principal.may(Permission.APPS_MANAGE)):
        raise NotFound("connection")
    return grant


def revoke(grant_id: str, *, principal: Member) -> Grant:
    """End a connection: refused from its next call on, in every process."""
    with one_change():
        grant = get(grant_id, principal=principal)
        end(grant, "revoked", principal=principal)
    return grant


def pause(grant_id: str, *, principal: Member) -> Grant:
    """Refuse the connection's calls until it is resumed."""
    return _pause(grant_id, now(), "grant.paused", principal)


def resume(grant_id: str, *, principal: Member) -> Grant:
    """Let the connection call again."""
    return _pause(grant_id, None, "grant.resumed", principal)


def _pause(grant_id: str, moment: datetime.datetime | None, event: str, principal: Member) -> Grant:
    with one_change():
        grant = get(grant_id, principal=principal)
        if (grant.paused_at is None) != (moment is None):
            grant.paused_at = moment
            changes.record(
                event,
                workspace_id=grant.workspace_id,
                principal=principal,
                subject=("grant", grant.id, label(grant)),
            )
    return grant
