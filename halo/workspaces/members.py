"""Members: who is in a workspace, in which role, and the rules of changing that.

The last Super Admin stays one. Only a Super Admin makes, changes or removes a Super Admin. A Member who manages
the team gives nobody more than they hold, and nobody raises themselves. Without a principal the command line acts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from halo.ground.database import db, one_change
from halo.ground.errors import Denied, Mistake, NotFound, Reason
from halo.ground.permissions import PRESETS, Permission, Role, demand, expand, permissions_of
from halo.ground.principal import Member
from halo.ground.text.folding import fold, mail
from halo.ledger import changes
from halo.workspaces import holdings
from halo.workspaces.models import BrowserSession, Membership, Person
from halo.workspaces.unique import taken


def add(
    workspace_id: str,
    person_id: str,
    role: Role,
    *,
    preset: str = "",
    permissions: Iterable[str] = (),
    principal: Member | None,
) -> Membership:
    """Take a person into the workspace; a Member's permissions come from the preset, or from the list."""
    words = chosen(role, preset, permissions)
    demand_may_give(principal, workspace_id, role, words)
    message = "This person is a member already."
    with taken("email", message), one_change() as session:
        if find(workspace_id, person_id) is not None:
            raise Mistake("email", message)
        member = Membership(workspace_id=workspace_id, person_id=person_id, role=role.value, permissions=words)
        session.add(member)
        session.flush()
        _recorded("member.added", member, principal, after=_facts(member))
    return member


def change(
    workspace_id: str,
    person_id: str,
    role: Role,
    *,
    preset: str = "",
    permissions: Iterable[str] = (),
    principal: Member | None,
) -> Membership:
    """Give a member another role or other permissions; in force on their next request and call."""
    words = chosen(role, preset, permissions)
    with one_change():
        member = get(workspace_id, person_id)
        _demand_may_change(principal, member)
        demand_may_give(principal, workspace_id, role, words)
        if member.role == Role.SUPER_ADMIN and role is not Role.SUPER_ADMIN:
            _keep_a_super_admin(workspace_id, person_id)
        before = _facts(member)
        member.role, member.permissions = role.value, words
        if before != _facts(member):
            _recorded("member.changed", member, principal, before=before, after=_facts(member))
    return member


def remove(workspace_id: str, person_id: str, *, principal: Member | None) -> None:
    """Take a person out: their connections to this workspace end, their browsers stop seeing it."""
    with one_change() as session:
        member = get(workspace_id, person_id)
        if principal is None or principal.person_id != person_id:
            _demand_may_change(principal, member)
        if member.role == Role.SUPER_ADMIN:
            _keep_a_super_admin(workspace_id, person_id)
        if member.is_billing_contact:
            _pass_billing_on(member)
        ended = holdings.end_all(workspace_id, person_id, principal=principal)
        session.execute(
            update(BrowserSession)
            .where(BrowserSession.person_id == person_id, BrowserSession.workspace_id == workspace_id)
            .values(workspace_id=None)
        )
        session.delete(member)
        _recorded("member.removed", member, principal, before=_facts(member) | {"connections": ended})


def of_workspace(workspace_id: str) -> list[Membership]:
    """The members with their people, Super Admins first, then by name."""
    rows = db.session.scalars(
        select(Membership).where(Membership.workspace_id == workspace_id).options(joinedload(Membership.person))
    )
    order = list(Role)
    return sorted(rows, key=lambda member: (order.index(Role(member.role)), fold(member.person.name)))


def matching(found: Iterable[Membership], text: str) -> list[Membership]:
    """Those whose name or address contains the text."""
    wanted, address = fold(text.strip()), mail(text)
    return [it for it in found if wanted in fold(it.person.name) or address in mail(it.person.email)]


def find(workspace_id: str, person_id: str) -> Membership | None:
    """The person's membership in the workspace."""
    return db.session.scalar(
        select(Membership)
        .where(Membership.workspace_id == workspace_id, Membership.person_id == person_id)
        .options(joinedload(Membership.person))
    )


def get(workspace_id: str, person_id: str) -> Membership:
    """The person's membership in the workspace; raises NotFound."""
    member = find(workspace_id, person_id)
    if member is None:
        raise NotFound("member")
    return member


def held(member: Membership) -> frozenset[Permission]:
    """What the member may do."""
    return permissions_of(Role(member.role), member.permissions)


def preset_of(member: Membership) -> str:
    """The key of the preset that these permissions are, or nothing."""
    mine = held(member)
    return next((key for key, (_, words) in PRESETS.items() if expand(words) == mine), "")


def chosen(role: Role, preset: str, permissions: Iterable[str]) -> list[str]:
    """The permission words to store; raises `Mistake` on an unknown preset or word."""
    if role is not Role.MEMBER:
        return []
    if preset:
        if preset not in PRESETS:
            raise Mistake("preset", f"There is no preset {preset!r}; known: {', '.join(PRESETS)}.")
        permissions = [word.value for word in PRESETS[preset][1]]
    known = {permission.value: permission for permission in Permission}
    words = [str(word) for word in permissions]
    for word in words:
        if word not in known:
            raise Mistake("permissions", f"There is no permission {word!r}.")
    return sorted(permission.value for permission in expand(known[word] for word in words))


def may_change(principal: Member, member: Membership) -> bool:
    """Whether this person may change or remove that member."""
    try:
        _demand_may_change(principal, member)
    except Denied:
        return False
    return True


def demand_may_give(principal: Member | None, workspace_id: str, role: Role, words: Iterable[str]) -> None:
    """Raise `Denied` where the role or the permissions are more than this person may give."""
    if principal is None:
        return
    _demand_team(principal, workspace_id)
    if role is Role.SUPER_ADMIN and principal.role is not Role.SUPER_ADMIN:
        raise Denied(Reason.permission_missing, "Only a Super Admin can make somebody Super Admin.")
    if not _covers(principal.role, principal.permissions, role, words):
        raise Denied(Reason.permission_missing, "You can give only what you hold yourself; an admin can give the rest.")


def may_still_give(giver: Membership, role: Role, words: Iterable[str]) -> bool:
    """Whether this member may, as things are now, take somebody in with this role and these permissions."""
    mine = held(giver)
    is_active = giver.person.deactivated_at is None and Permission.TEAM_MANAGE in mine
    return is_active and _covers(Role(giver.role), mine, role, words)


def keep_a_super_admin(person: Person) -> None:
    """Raise `Mistake` where a workspace would lose its last Super Admin with this person."""
    ids = select(Membership.workspace_id).where(
        Membership.person_id == person.id, Membership.role == Role.SUPER_ADMIN.value
    )
    for workspace_id in db.session.scalars(ids):
        _keep_a_super_admin(workspace_id, person.id)


def _covers(giver: Role | None, mine: Iterable[Permission], role: Role, words: Iterable[str]) -> bool:
    if role is Role.SUPER_ADMIN:
        return giver is Role.SUPER_ADMIN
    return giver in (Role.SUPER_ADMIN, Role.ADMIN) or (role is Role.MEMBER and set(words) <= set(mine))


def _demand_team(principal: Member, workspace_id: str) -> None:
    if principal.workspace_id != workspace_id:
        raise NotFound("workspace")
    demand(Permission.TEAM_MANAGE, principal=principal)


def _demand_may_change(principal: Member | None, member: Membership) -> None:
    if principal is None:
        return
    _demand_team(principal, member.workspace_id)
    if member.role == Role.SUPER_ADMIN and principal.role is not Role.SUPER_ADMIN:
        raise Denied(Reason.permission_missing, "Only a Super Admin can change a Super Admin.")
    if principal.role is Role.MEMBER:
        if member.person_id == principal.person_id:
            raise Denied(Reason.permission_missing, "You cannot change what you may do yourself; an admin can.")
        if not held(member) <= principal.permissions:
            raise Denied(Reason.permission_missing, "This person may do more than you; ask an admin.")


def _keep_a_super_admin(workspace_id: str, person_id: str) -> None:
    # Locked, so that two Super Admins who demote each other at the same moment do not both succeed.
    active = db.session.scalars(
        select(Membership.person_id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.workspace_id == workspace_id,
            Membership.role == Role.SUPER_ADMIN.value,
            Person.deactivated_at.is_(None),
        )
        .order_by(Membership.id)
        .with_for_update()
    ).all()
    if not set(active) - {person_id}:
        raise Mistake("role", "This is the last Super Admin. Make somebody else Super Admin first.")


def _pass_billing_on(member: Membership) -> None:
    """There is one billing contact: the Super Admin who has been there longest takes over."""
    heir = db.session.scalar(
        select(Membership)
        .where(
            Membership.workspace_id == member.workspace_id,
            Membership.role == Role.SUPER_ADMIN.value,
            Membership.person_id != member.person_id,
        )
        .order_by(Membership.created_at, Membership.id)
        .limit(1)
    )
    if heir is not None:
        heir.is_billing_contact = True


def _facts(member: Membership) -> dict[str, Any]:
    facts: dict[str, Any] = {"role": member.role}
    return facts | {"permissions": list(member.permissions)} if member.role == Role.MEMBER else facts


def _recorded(
    event: str,
    member: Membership,
    principal: Member | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    person = db.session.get_one(Person, member.person_id)
    changes.record(
        event,
        workspace_id=member.workspace_id,
        principal=principal,
        subject=("person", person.id, person.email),
        before=before,
        after=after,
    )
