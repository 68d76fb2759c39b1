"""Taking a switch of an action back, to whichever mode it had."""

from __future__ import annotations

from halo import facts
from halo.actions import holders
from halo.actions import service as actions
from halo.actions.vocabulary import Holder
from halo.ground.errors import NotFound
from halo.ground.modes import MODES
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.ledger.models import Change
from halo.ledger.reverts import Revert, State, after, before, holds

_AGENTS = "Who may edit agents can (agents:edit)."


def _action(change: Change, principal: Member) -> tuple[Holder, str]:
    key, _, name = change.subject_id.partition(":")
    return holders.get(key, principal=principal), name


def _action_now(change: Change, principal: Member) -> State:
    holder, name = _action(change, principal)
    modes = actions.modes_of(holder, facts.now_of(principal.workspace_id))
    if name not in modes:
        raise NotFound("action")
    return {"mode": modes[name].value}


def _set_action(change: Change, _why: str, principal: Member) -> object:
    holder, name = _action(change, principal)
    workspace = facts.now_of(principal.workspace_id)
    mode = MODES[before(change)["mode"]]
    return actions.set_mode([name], mode, holder=holder, workspace=workspace, principal=principal)


REVERTS = {
    "action.switched_on": Revert(
        "Set {subject} back", _AGENTS, holds(Permission.AGENTS_EDIT), after, before, _action_now, _set_action
    ),
    "action.switched_off": Revert(
        "Set {subject} back", _AGENTS, holds(Permission.AGENTS_EDIT), after, before, _action_now, _set_action
    ),
    "action.mode_set": Revert(
        "Set {subject} back", _AGENTS, holds(Permission.AGENTS_EDIT), after, before, _action_now, _set_action
    ),
}  # fmt: skip
"""Its events that can be taken back (`halo.ledger.reverts`)."""
