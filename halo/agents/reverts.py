"""Taking back what was changed of an agent, and a switch of an action, to whichever mode it had."""

from __future__ import annotations

from halo import facts
from halo.actions import holders
from halo.actions import service as actions
from halo.actions.vocabulary import Holder
from halo.agents import service
from halo.agents.service import WantedAgent
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


def _agent_now(change: Change, principal: Member) -> State:
    stands = service.facts_of(service.get(change.subject_id, principal=principal))
    return {name: stands[name] for name in after(change)}


def _set_agent(change: Change, _why: str, principal: Member) -> object:
    stands = service.values_of(service.get(change.subject_id, principal=principal))
    return service.change(change.subject_id, WantedAgent(**stands | before(change)), principal=principal)


def _set_archived(change: Change, _why: str, principal: Member) -> object:
    turn = service.archive if before(change)["archived"] else service.restore
    return turn(change.subject_id, principal=principal)


_MAY = holds(Permission.AGENTS_EDIT)
REVERTS = {
    "agent.changed": Revert("Set {subject} back", _AGENTS, _MAY, after, before, _agent_now, _set_agent),
    "agent.archived": Revert("Restore {subject}", _AGENTS, _MAY, after, before, _agent_now, _set_archived),
    "agent.restored": Revert("Archive {subject} again", _AGENTS, _MAY, after, before, _agent_now, _set_archived),
    "action.switched_on": Revert(
        "Set {subject} back", _AGENTS, _MAY, after, before, _action_now, _set_action
    ),
    "action.switched_off": Revert(
        "Set {subject} back", _AGENTS, _MAY, after, before, _action_now, _set_action
    ),
    "action.mode_set": Revert(
        "Set {subject} back", _AGENTS, _MAY, after, before, _action_now, _set_action
    ),
}  # fmt: skip
"""Its events that can be taken back (`halo.ledger.reverts`)."""
