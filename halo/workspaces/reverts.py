"""Taking back settings of a workspace, and what a member may do."""

from __future__ import annotations

from halo.ground.permissions import Permission, Role
from halo.ground.principal import Member
from halo.ledger.models import Change
from halo.ledger.reverts import Revert, State, after, before, holds
from halo.workspaces import members, workspaces

_SETTINGS = "Who manages the settings can (settings:manage)."


def _set_two_factor(change: Change, _why: str, principal: Member) -> object:
    return workspaces.demand_two_factor(bool(before(change)["two_factor_required"]), principal=principal)


def _setting_now(change: Change, principal: Member) -> State:
    workspace = workspaces.current(principal=principal)
    return {name: getattr(workspace, name) for name in after(change) if hasattr(workspace, name)}


def _set_settings(change: Change, _why: str, principal: Member) -> object:
    workspace = workspaces.current(principal=principal)
    names = ("name", "time_zone", "currency", "identity_required", "audit_payloads", "limits")
    wanted = {name: getattr(workspace, name) for name in names} | before(change)
    limits = {name: str(number) for name, number in (wanted.pop("limits") or {}).items()}
    return workspaces.update(principal=principal, call_limits=limits, **{name: wanted[name] for name in names[:-1]})


def _may_change_member(change: Change, principal: Member) -> bool:
    member = members.find(principal.workspace_id, change.subject_id)
    return principal.may(Permission.TEAM_MANAGE) and member is not None and members.may_change(principal, member)


def _member_now(change: Change, principal: Member) -> State:
    member = members.get(principal.workspace_id, change.subject_id)
    facts: State = {"role": member.role}
    return facts | {"permissions": list(member.permissions)} if member.role == Role.MEMBER else facts


def _set_member(change: Change, _why: str, principal: Member) -> object:
    stood = before(change)
    role, words = Role(stood["role"]), stood.get("permissions") or ()
    return members.change(principal.workspace_id, change.subject_id, role, permissions=words, principal=principal)


REVERTS = {
    "two_factor.demanded": Revert(
        "Leave two-factor sign-in to each person again", _SETTINGS, holds(Permission.SETTINGS_MANAGE), after, before,
        _setting_now, _set_two_factor,
    ),
    "two_factor.released": Revert(
        "Ask everybody for two-factor sign-in again", _SETTINGS, holds(Permission.SETTINGS_MANAGE), after, before,
        _setting_now, _set_two_factor,
    ),
    "workspace.updated": Revert(
        "Set the settings of {subject} back", _SETTINGS,
        holds(Permission.SETTINGS_MANAGE), after, before, _setting_now, _set_settings,
    ),
    "member.changed": Revert(
        "Give {subject} back what they held before", "Who manages the team can (team:manage).",
        _may_change_member, after, before, _member_now, _set_member,
    ),
}  # fmt: skip
"""Its events that can be taken back (`halo.ledger.reverts`)."""
