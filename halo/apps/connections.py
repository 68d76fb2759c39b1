"""Connections as their people see and change them: finding, pausing, ending.

A person changes their own; who holds `apps:manage` changes everybody's in the workspace. To others they do not exist.
"""

from __future__ import annotations

import datetime

from sqlalchemy import select

from halo.ground.database import db, now, one_change
from halo.ground.errors import NotFound
from halo.ground.permissions import Permission, demand
from halo.ground.principal import Member
from halo.ledger import changes
from halo.oauth.grants import end, label
from halo.oauth.models import Grant

MOST = 500
"""Connections that one page lists."""


def of_workspace(*, principal: Member, everyone: bool, most: int | None = MOST) -> list[Grant]:
    """The live grants of the person, or of the whole workspace for who may manage apps; newest first.

    As many as a page lists; whoever ends what is found asks for all of them, with `most=None`.
    """
    if everyone:
        manages(principal)
    wanted = select(Grant).where(Grant.workspace_id == principal.workspace_id, Grant.revoked_at.is_(None))
    if not everyone:
        wanted = wanted.where(Grant.person_id == principal.person_id)
    return list(db.session.scalars(wanted.order_by(Grant.id.desc()).limit(most)))


def manages(principal: Member) -> None:
    """Raise `Denied` for a person who may not manage the apps of the workspace."""
    demand(Permission.APPS_MANAGE, principal=principal)


def personal_of(workspace_id: str) -> list[Grant]:
    """The live personal access tokens of the workspace, newest first, for the command line."""
    return list(
        db.session.scalars(
            select(Grant)
            .where(Grant.workspace_id == workspace_id, Grant.kind == "personal", Grant.revoked_at.is_(None))
            .order_by(Grant.id.desc())
        )
    )


def find(grant_id: str, *, principal: Member) -> Grant:
    """A grant of the workspace, ended ones too, that the person may look at: their own, or any with `apps:manage`."""
    grant = db.session.scalar(
        select(Grant).where(Grant.id == grant_id, Grant.workspace_id == principal.workspace_id)
    )  # fmt: skip
    if grant is None or not (grant.person_id == principal.person_id or principal.may(Permission.APPS_MANAGE)):
        raise NotFound("connection")
    return grant


def get(grant_id: str, *, principal: Member) -> Grant:
    """The same, still in force, so that it can be changed."""
    grant = find(grant_id, principal=principal)
    if grant.revoked_at is not None:
        raise NotFound("connection")
    return grant


def revoke(grant_id: str, *, principal: Member) -> Grant:
    """End a connection: refused from its next call on, in every process. Once more, nothing happens."""
    with one_change():
        grant = find(grant_id, principal=principal)
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
