"""Taking back what was decided of connected servers and their tools.

What takes a server's answer (another address, other credentials) has no way back: it is changed anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.ledger.models import Change
from halo.ledger.reverts import Revert, State, after, before, holds
from halo.servers import connecting, loading, reviewing

_WHO = "Who manages integrations can (integrations:manage)."
_MAY = holds(Permission.INTEGRATIONS_MANAGE)


def _left(change: Change) -> State:
    return {name: value for name, value in after(change).items() if name != "server"}


def _now(change: Change, principal: Member) -> State:
    held = reviewing.decided(reviewing.by_id(change.subject_id, principal=principal))
    return {name: held[name] for name in _left(change)}


def _restoring(event: str) -> Callable[[Change, str, Member], object]:
    def restore(change: Change, _why: str, principal: Member) -> object:
        return reviewing.restore(change.subject_id, before(change), event, principal=principal)

    return restore


def _fields(change: Change) -> State:
    """Of a server, what can be set back without asking it."""
    facts = before(change)
    return {} if facts.keys() & {*connecting.REACHED_BY, "credentials"} else facts


def _server_now(change: Change, principal: Member) -> State:
    server = loading.by_id(change.subject_id, workspace_id=principal.workspace_id)
    return {name: getattr(server, name) for name in _fields(change)}


def _set_server(change: Change, _why: str, principal: Member) -> object:
    server = loading.by_id(change.subject_id, workspace_id=principal.workspace_id)
    given: dict[str, Any] = {
        name: {**dict.fromkeys(getattr(server, name)), **value} if isinstance(value, dict) else value
        for name, value in _fields(change).items()
    }
    return connecting.change(server.slug, given, principal=principal)


def _of_tool(says: str, event: str) -> Revert:
    return Revert(says, _WHO, _MAY, _left, before, _now, _restoring(event))


REVERTS = {
    "server.changed": Revert("Set {subject} back", _WHO, _MAY, after, _fields, _server_now, _set_server),
    "server_tool.accepted": _of_tool("Go back to what was accepted of {subject} before", "server_tool.rolled_back"),
    "server_tool.rolled_back": _of_tool("Accept {subject} again", "server_tool.accepted"),
    "server_tool.kept": _of_tool("Put {subject} up for review again", "server_tool.held"),
    "server_tool.sorted": _of_tool("Set whose data {subject} reaches back", "server_tool.sorted"),
    "server_tool.classified": _of_tool("Set back whether {subject} is destructive", "server_tool.classified"),
}
"""Their events that can be taken back (`halo.ledger.reverts`)."""
