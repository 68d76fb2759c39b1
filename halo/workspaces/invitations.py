"""Invitations: a link that takes one person into a workspace once. The inviter hands it on; Halo sends no mail."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterable

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from halo.ground import vault
from halo.ground.database import db, new_id, now, one_change
from halo.ground.errors import Denied, Mistake, NotFound, Reason
from halo.ground.permissions import Role
from halo.ground.principal import Member
from halo.ground.text import names
from halo.ledger import changes
from halo.workspaces import members
from halo.workspaces.accounts import people
from halo.workspaces.models import Invitation, Person

DAYS = 7


def create(
    email: str, role: Role, *, preset: str = "", permissions: Iterable[str] = (), principal: Member
) -> tuple[Invitation, str]:
    """Invite an address; returns the row and the token of its link, which nobody can read again."""
    email = names.address(email)
    workspace_id = principal.workspace_id
    words = members.chosen(role, preset, permissions)
    members.demand_may_give(principal, workspace_id, role, words)
    known = people.find(email)
    if known is not None and members.find(workspace_id, known.id) is not None:
        raise Mistake("email", "This person is a member already.")
    token = "halo_in_" + secrets.token_urlsafe(32)
    with one_change() as session:
        for earlier in session.scalars(_open(workspace_id).where(Invitation.email == email)):
            earlier.withdrawn_at = now()
        invitation = Invitation(
            id=new_id(),
            workspace_id=workspace_id,
            digest=vault.digest(token),
            email=email,
            role=role.value,
            permissions=words,
            invited_by=principal.person_id,
            expires_at=now() + datetime.timedelta(days=DAYS),
        )
        session.add(invitation)
        _recorded("invitation.created", invitation, principal, after={"role": role.value, "permissions": words})
    return invitation, token


def of_workspace(workspace_id: str) -> list[Invitation]:
    """The invitations that can still be used, newest first."""
    return list(db.session.scalars(_open(workspace_id).order_by(Invitation.id.desc())))


def withdraw(invitation_id: str, *, principal: Member) -> None:
    """Make the link worthless; raises NotFound for another workspace's."""
    workspace_id = principal.workspace_id
    members.demand_may_give(principal, workspace_id, Role.MEMBER, ())
    with one_change() as session:
        held = session.scalar(_open(workspace_id).where(Invitation.id == invitation_id))
        if held is None:
            raise NotFound("invitation")
        held.withdrawn_at = now()
        _recorded("invitation.withdrawn", held, principal)


def of_token(token: str) -> Invitation:
    """The invitation behind a link; raises NotFound when it was used, withdrawn or is too old."""
    held = db.session.scalar(
        _open().where(Invitation.digest == vault.digest(token)).options(joinedload(Invitation.workspace))
    )
    if held is None:
        raise NotFound("invitation: it was used, withdrawn, or is older than a week. Ask for a new one")
    return held


def accept(token: str, *, person_id: str) -> str:
    """Let the invited person in; returns the workspace's id. The link works once, for that address only."""
    with one_change():
        held = of_token(token)
        person = people.get(person_id)
        if person.email != held.email:
            raise Denied(Reason.permission_missing, f"This invitation is for {held.email}.")
        held.accepted_at = now()
        if members.find(held.workspace_id, person.id) is None:
            _join(held, person)
    return held.workspace_id


def accept_as_new(token: str, name: str, password: str) -> Person:
    """Make the invited person's account and let them in."""
    new = people.prepared(of_token(token).email, name, password)
    with one_change():
        person = people.add(new)
        accept(token, person_id=person.id)
    return person


def _join(held: Invitation, person: Person) -> None:
    # The inviter's right was asked when the link was made; a link does not outlive it.
    inviter = members.find(held.workspace_id, held.invited_by) if held.invited_by else None
    if inviter is None or not members.may_still_give(inviter, Role(held.role), held.permissions):
        raise NotFound("invitation: who sent it has left the team, or may no longer give this. Ask for a new one")
    members.add(held.workspace_id, person.id, Role(held.role), permissions=held.permissions, principal=None)


def _open(workspace_id: str | None = None) -> Select[Invitation]:
    found = select(Invitation).where(
        Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None), Invitation.expires_at > now()
    )
    return found if workspace_id is None else found.where(Invitation.workspace_id == workspace_id)


def _recorded(event: str, held: Invitation, principal: Member, after: dict[str, object] | None = None) -> None:
    changes.record(
        event,
        workspace_id=held.workspace_id,
        principal=principal,
        subject=("invitation", held.id, held.email),
        after=after,
    )
