"""Taking a change back: which events can be reverted, through which service, by whom.

To make an event revertible, add a line to `REVERTS`: what it will say, how the thing stands now, how it stood before,
who may, and the service that sets it. A revert is a change like any other: the service checks the person's permission
and records a new row, whose reason begins with "revert of". It is refused where the thing no longer stands as the
change left it, so that nobody's later decision is lost. What is not in the registry has no way back: keys, passwords
and connections that ended are made anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from halo import facts
from halo.actions import holders
from halo.actions import service as actions
from halo.actions.vocabulary import MODES, Holder
from halo.apps import access, connections
from halo.flags import service as flags
from halo.ground.database import one_change
from halo.ground.errors import Denied, HaloError, Mistake, NotFound, Reason
from halo.ground.permissions import Permission, Role
from halo.ground.principal import Member
from halo.ledger import changes
from halo.ledger.models import Change
from halo.oauth import admission
from halo.workspaces import members, workspaces

State = dict[str, Any]


@dataclass(frozen=True)
class Revert:
    """How one kind of change is taken back."""

    says: str
    """What the button does; `{subject}` is the thing."""
    who: str
    """Who may, in words."""
    may: Callable[[Change, Member], bool]
    left: Callable[[Change], State]
    """What the change left behind."""
    back: Callable[[Change], State]
    """What will stand again."""
    now: Callable[[Change, Member], State]
    """What stands now, under the same names; raises NotFound where the thing is gone."""
    apply: Callable[[Change, str, Member], object]
    """Set it back through the service; the text is the reason."""
    loses: Callable[[Change], str] = lambda _change: ""
    """What of the state before does not come back, as a sentence."""


@dataclass(frozen=True)
class Preview:
    """What would happen."""

    change: Change
    says: str
    who: str
    now: State
    then: State
    refusal: str
    """Why it cannot be done; empty where it can."""
    is_allowed: bool
    """Whether this person may."""
    loses: str
    """What does not come back, as a sentence; empty where everything does."""


def preview(change: Change, *, principal: Member) -> Preview | None:
    """What reverting the change would do now; None for a change that has no way back."""
    revert = REVERTS.get(change.event)
    if revert is None or not revert.back(change) or revert.back(change) == revert.left(change):
        return None
    says, refusal, now = revert.says.format(subject=change.subject), "", State()
    try:
        now = revert.now(change, principal)
    except NotFound:
        refusal = "It is gone by now, or not yours to see."
    left = revert.left(change)
    if now and any(now[name] != left.get(name) for name in now):
        refusal = "It was changed again since. Revert the later change first, or set it where it is set."
    then = {name: value for name, value in revert.back(change).items() if name in now} or revert.back(change)
    return Preview(change, says, revert.who, now, then, refusal, revert.may(change, principal), revert.loses(change))


def revert(change_id: str, why: str, *, principal: Member) -> Change:
    """Take the change back; raises `Mistake` where it is no longer as it was left, `Denied` where one may not.

    What was looked at is what is set: pressed twice at the same moment, it is taken back once.
    """
    with one_change():
        return _taken_back(changes.get(str(principal.workspace_id), change_id, lock=True), why, principal)


def _taken_back(change: Change, why: str, principal: Member) -> Change:
    planned = preview(change, principal=principal)
    if planned is None:
        raise Mistake("change", "This kind of change has no way back.")
    if not planned.is_allowed:
        raise Denied(Reason.permission_missing, f"You may not take this back. {planned.who}")
    if planned.refusal:
        raise Mistake("change", planned.refusal)
    mark = f"revert of {change.id}"
    why = " ".join(why.split())[:400]
    reason = f"{mark}: {why}" if why else mark
    with changes.because(reason):
        REVERTS[change.event].apply(change, reason, principal)
    return change


def _holds(permission: Permission) -> Callable[[Change, Member], bool]:
    return lambda _change, principal: principal.may(permission)


def _after(change: Change) -> State:
    return dict(change.after or {})


def _before(change: Change) -> State:
    return dict(change.before or {})


def _was_on(change: Change) -> State:
    return {name: value for name, value in _before(change).items() if name == "is_on"}


def _is_on(change: Change) -> State:
    return {name: value for name, value in _after(change).items() if name == "is_on"}


def _flag_now(change: Change, principal: Member) -> State:
    return {"is_on": flags.values_of(str(principal.workspace_id))[change.subject_id]}


def _flag_loses(change: Change) -> str:
    words = {"starts_at": "when it was to begin", "ends_at": "when it was to end", "message": "the message"}
    lost = [says for name, says in words.items() if name in _before(change)]
    return f"Only on or off comes back, not {' or '.join(lost)}: an operator sets that anew." if lost else ""


def _flag(turn: Callable[..., object]) -> Callable[[Change, str, Member], object]:
    def apply(change: Change, why: str, principal: Member) -> object:
        return turn(change.subject_id, workspace_id=str(principal.workspace_id), why=why, principal=principal)

    return apply


def _may_change_grant(change: Change, principal: Member) -> bool:
    try:
        connections.get(change.subject_id, principal=principal)
    except HaloError:
        return False
    return True


def _grant_now(change: Change, principal: Member) -> State:
    return {"paused": connections.get(change.subject_id, principal=principal).paused_at is not None}


def _scopes_now(change: Change, principal: Member) -> State:
    grant = connections.get(change.subject_id, principal=principal)
    now: State = {"scopes": grant.scopes, access.LATER: access.with_later(grant.scopes, grant.known_tools)}
    return {name: value for name, value in now.items() if name in _after(change)}


def _may_set_scopes(change: Change, principal: Member) -> bool:
    """Whoever consented gives back; who manages apps only takes away."""
    if not _may_change_grant(change, principal):
        return False
    grant = connections.get(change.subject_id, principal=principal)
    if grant.person_id == principal.person_id:
        return True
    wanted, wanted_later = str(_before(change).get("scopes", "")).split(), _later_of(change)
    has_later = access.with_later(grant.scopes, grant.known_tools)
    return set(wanted) <= set(grant.scopes.split()) and set(wanted_later) <= set(has_later)


def _later_of(change: Change) -> list[str]:
    return list(_before(change).get(access.LATER, ()))


def _keeps_tools(change: Change) -> str:
    narrows = set(_later_of(change)) < set(_after(change).get(access.LATER, ()))
    return "Tools that were added since stay included." if narrows else ""


def _set_scopes(change: Change, _why: str, principal: Member) -> object:
    wanted = str(_before(change)["scopes"])
    with one_change():
        later = _later_of(change) if access.LATER in _before(change) else None
        grant = access.change(change.subject_id, wanted.split(), later=later, principal=principal)
        if set(grant.scopes.split()) != set(wanted.split()):
            raise Mistake("change", "Not all of it can be given back now: a permission or a tool is gone.")
    return grant


def _admission_now(_change: Change, principal: Member) -> State:
    return dict(admission.policy_of(str(principal.workspace_id)).words())


def _set_admission(change: Change, _why: str, principal: Member) -> object:
    return admission.change(admission.policy(_before(change).items()), principal=principal)


def _set_two_factor(change: Change, _why: str, principal: Member) -> object:
    return workspaces.demand_two_factor(bool(_before(change)["two_factor_required"]), principal=principal)


def _setting_now(change: Change, principal: Member) -> State:
    workspace = workspaces.current(principal=principal)
    return {name: getattr(workspace, name) for name in _after(change) if hasattr(workspace, name)}


def _set_settings(change: Change, _why: str, principal: Member) -> object:
    workspace = workspaces.current(principal=principal)
    names = ("name", "time_zone", "currency", "identity_required", "audit_payloads", "limits")
    wanted = {name: getattr(workspace, name) for name in names} | _before(change)
    limits = {name: str(number) for name, number in (wanted.pop("limits") or {}).items()}
    return workspaces.update(principal=principal, call_limits=limits, **{name: wanted[name] for name in names[:-1]})


def _may_change_member(change: Change, principal: Member) -> bool:
    member = members.find(str(principal.workspace_id), change.subject_id)
    return principal.may(Permission.TEAM_MANAGE) and member is not None and members.may_change(principal, member)


def _member_now(change: Change, principal: Member) -> State:
    member = members.get(str(principal.workspace_id), change.subject_id)
    facts: State = {"role": member.role}
    return facts | {"permissions": list(member.permissions)} if member.role == Role.MEMBER else facts


def _set_member(change: Change, _why: str, principal: Member) -> object:
    before = _before(change)
    role, words = Role(before["role"]), before.get("permissions") or ()
    return members.change(str(principal.workspace_id), change.subject_id, role, permissions=words, principal=principal)


def _action(change: Change, principal: Member) -> tuple[Holder, str]:
    key, _, name = change.subject_id.partition(":")
    return holders.get(key, principal=principal), name


def _action_now(change: Change, principal: Member) -> State:
    holder, name = _action(change, principal)
    modes = actions.modes_of(holder, facts.now_of(str(principal.workspace_id)))
    if name not in modes:
        raise NotFound("action")
    return {"mode": modes[name].value}


def _set_action(change: Change, _why: str, principal: Member) -> object:
    holder, name = _action(change, principal)
    workspace = facts.now_of(str(principal.workspace_id))
    mode = MODES[_before(change)["mode"]]
    return actions.set_mode([name], mode, holder=holder, workspace=workspace, principal=principal)


def _operator(_change: Change, principal: Member) -> bool:
    return principal.is_operator


_OPERATORS = "An operator of this Halo instance can."
_OWNERS = "The person who allowed the app can, and who manages apps."
_SETTINGS = "Who manages the settings can (settings:manage)."
_AGENTS = "Who may edit agents can (agents:edit)."
REVERTS: dict[str, Revert] = {
    "flag.turned_on": Revert(
        "Switch {subject} off again", _OPERATORS, _operator, _is_on, _was_on, _flag_now, _flag(flags.turn_off),
        _flag_loses,
    ),
    "flag.turned_off": Revert(
        "Switch {subject} on again", _OPERATORS, _operator, _is_on, _was_on, _flag_now, _flag(flags.turn_on),
        _flag_loses,
    ),
    "grant.paused": Revert(
        "Resume {subject}", _OWNERS, _may_change_grant, lambda _: {"paused": True}, lambda _: {"paused": False},
        _grant_now, lambda change, _why, principal: connections.resume(change.subject_id, principal=principal),
    ),
    "grant.resumed": Revert(
        "Pause {subject} again", _OWNERS, _may_change_grant, lambda _: {"paused": False}, lambda _: {"paused": True},
        _grant_now, lambda change, _why, principal: connections.pause(change.subject_id, principal=principal),
    ),
    "grant.narrowed": Revert(
        "Let {subject} do what it might before", "The person who allowed the app can.", _may_set_scopes, _after,
        _before, _scopes_now, _set_scopes, _keeps_tools,
    ),
    "admission.changed": Revert(
        "Set who may connect to {subject} back", "Who manages apps can (apps:manage).",
        _holds(Permission.APPS_MANAGE), _after, _before, _admission_now, _set_admission,
    ),
    "two_factor.demanded": Revert(
        "Leave two-factor sign-in to each person again", _SETTINGS, _holds(Permission.SETTINGS_MANAGE), _after, _before,
        _setting_now, _set_two_factor,
    ),
    "two_factor.released": Revert(
        "Ask everybody for two-factor sign-in again", _SETTINGS, _holds(Permission.SETTINGS_MANAGE), _after, _before,
        _setting_now, _set_two_factor,
    ),
    "workspace.updated": Revert(
        "Set the settings of {subject} back", _SETTINGS,
        _holds(Permission.SETTINGS_MANAGE), _after, _before, _setting_now, _set_settings,
    ),
    "member.changed": Revert(
        "Give {subject} back what they held before", "Who manages the team can (team:manage).",
        _may_change_member, _after, _before, _member_now, _set_member,
    ),
    "action.switched_on": Revert(
        "Set {subject} back", _AGENTS, _holds(Permission.AGENTS_EDIT), _after, _before, _action_now, _set_action
    ),
    "action.switched_off": Revert(
        "Set {subject} back", _AGENTS, _holds(Permission.AGENTS_EDIT), _after, _before, _action_now, _set_action
    ),
    "action.mode_set": Revert(
        "Set {subject} back", _AGENTS, _holds(Permission.AGENTS_EDIT), _after, _before, _action_now, _set_action
    ),
}  # fmt: skip
"""The events that can be taken back."""
