"""Taking back what was done to a connection, and who may connect at all."""

from __future__ import annotations

from halo.apps import access, connections
from halo.ground.database import one_change
from halo.ground.errors import HaloError, Mistake
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.ledger.models import Change
from halo.ledger.reverts import Revert, State, after, before, holds
from halo.oauth import admission

_OWNERS = "The person who allowed the app can, and who manages apps."


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
    has_later = access.with_later(grant.scopes, grant.known_tools)
    now: State = {"scopes": grant.scopes, access.LATER: has_later, access.OUT: grant.left_out}
    return {name: value for name, value in now.items() if name in after(change)}


def _may_set_scopes(change: Change, principal: Member) -> bool:
    """Whoever consented gives back; who manages apps only takes away."""
    if not _may_change_grant(change, principal):
        return False
    grant = connections.get(change.subject_id, principal=principal)
    if grant.person_id == principal.person_id:
        return True
    wanted, wanted_later = str(before(change).get("scopes", "")).split(), _later_of(change)
    has_later = access.with_later(grant.scopes, grant.known_tools)
    puts_back = access.OUT in before(change) and not set(before(change)[access.OUT]) >= set(grant.left_out)
    return set(wanted) <= set(grant.scopes.split()) and set(wanted_later) <= set(has_later) and not puts_back


def _later_of(change: Change) -> list[str]:
    return list(before(change).get(access.LATER, ()))


def _keeps_tools(change: Change) -> str:
    narrows = set(_later_of(change)) < set(after(change).get(access.LATER, ()))
    return "Tools that were added since stay included." if narrows else ""


def _set_scopes(change: Change, _why: str, principal: Member) -> object:
    wanted = str(before(change)["scopes"])
    with one_change():
        later = _later_of(change) if access.LATER in before(change) else None
        out = before(change).get(access.OUT)
        grant = access.change(change.subject_id, wanted.split(), later=later, left_out=out, principal=principal)
        if set(grant.scopes.split()) != set(wanted.split()):
            raise Mistake("change", "Not all of it can be given back now: a permission or a tool is gone.")
    return grant


def _admission_now(_change: Change, principal: Member) -> State:
    return dict(admission.policy_of(principal.workspace_id).words())


def _set_admission(change: Change, _why: str, principal: Member) -> object:
    return admission.change(admission.policy(before(change).items()), principal=principal)


REVERTS = {
    "grant.paused": Revert(
        "Resume {subject}", _OWNERS, _may_change_grant, lambda _: {"paused": True}, lambda _: {"paused": False},
        _grant_now, lambda change, _why, principal: connections.resume(change.subject_id, principal=principal),
    ),
    "grant.resumed": Revert(
        "Pause {subject} again", _OWNERS, _may_change_grant, lambda _: {"paused": False}, lambda _: {"paused": True},
        _grant_now, lambda change, _why, principal: connections.pause(change.subject_id, principal=principal),
    ),
    "grant.narrowed": Revert(
        "Let {subject} do what it might before", "The person who allowed the app can.", _may_set_scopes, after,
        before, _scopes_now, _set_scopes, _keeps_tools,
    ),
    "admission.changed": Revert(
        "Set who may connect to {subject} back", "Who manages apps can (apps:manage).",
        holds(Permission.APPS_MANAGE), after, before, _admission_now, _set_admission,
    ),
}  # fmt: skip
"""Its events that can be taken back (`halo.ledger.reverts`)."""
