"""Taking a change back: how a change is reverted, whichever slice made it.

To make an event revertible, add a line to `REVERTS` in the `reverts.py` of the slice that records it: what it will say,
how the thing stands now, how it stood before, who may, and the service that sets it. A new `reverts.py` is named in
`halo/wiring.py`. A revert is a change like any other: the service checks the person's permission and records a new row,
whose reason begins with "revert of". It is refused where the thing no longer stands as the change left it, so that
nobody's later decision is lost. What no slice registers has no way back: keys, passwords and connections that ended are
made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from halo.ground.database import one_change
from halo.ground.errors import Denied, Mistake, NotFound, Reason
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.ledger import changes, events
from halo.ledger.models import Change

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


_reverts: dict[str, Revert] = {}


def register(found: Mapping[str, Revert]) -> None:
    """A slice says how its own events are taken back."""
    for event in found:
        if event not in events.EVENTS:
            raise KeyError(f"there is no event {event!r}; add it to halo/ledger/events.py")
    _reverts.update(found)


def revertible() -> frozenset[str]:
    """The events that can be taken back."""
    return frozenset(_reverts)


def preview(change: Change, *, principal: Member) -> Preview | None:
    """What reverting the change would do now; None for a change that has no way back."""
    revert = _reverts.get(change.event)
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
        return _taken_back(changes.get(principal.workspace_id, change_id, lock=True), why, principal)


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
        _reverts[change.event].apply(change, reason, principal)
    return change


def holds(permission: Permission) -> Callable[[Change, Member], bool]:
    """Who holds the permission may."""
    return lambda _change, principal: principal.may(permission)


def after(change: Change) -> State:
    """The facts that the change left."""
    return dict(change.after or {})


def before(change: Change) -> State:
    """The facts that stood before the change."""
    return dict(change.before or {})
