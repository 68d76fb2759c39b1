"""The functions that answer the gate's questions: a refusal's reason, or None.

Each looks at a caller's loaded facts and a tool's declaration, and at nothing else. Of which kind of caller each is
asked, and in which order, says the table (`halo.gate.table`).
"""

from __future__ import annotations

from halo.flags.vocabulary import MCP_SERVER
from halo.ground import groups, scopes
from halo.ground.errors import Reason
from halo.ground.modes import Mode
from halo.ground.principal import NOBODY, AgentRun, Caller, Client, Trying
from halo.tool import Tool


def flag_is_on(caller: Client) -> Reason | None:
    return None if MCP_SERVER in caller.workspace.flags else Reason.flag_off


def person_is_active(caller: Client | Trying) -> Reason | None:
    return None if caller.is_member else Reason.person_inactive


def grant_is_live(caller: Client) -> Reason | None:
    return Reason.grant_paused if caller.is_paused else None


def agent_acts(caller: AgentRun) -> Reason | None:
    """One that was paused or archived calls nothing, in every process from its next call on."""
    return caller.workspace.agents_off.get(caller.agent_id)


def tool_exists(_caller: Caller, wanted: Tool) -> Reason | None:
    """Destructive tools do not exist where nobody can be asked to approve them; no scope brings them back."""
    return Reason.tool_unknown if wanted.destructive else None


def every_tool_exists(_caller: Caller, _wanted: Tool) -> Reason | None:
    """That there is one of this name was found out before."""
    return None


def nothing_changes(_caller: Trying, wanted: Tool) -> Reason | None:
    return None if wanted.read_only else Reason.trial_changes


def person_may(caller: Client | Trying, wanted: Tool) -> Reason | None:
    """The permission behind the scope, and the tool's own where it needs one more."""
    needed = {scopes.ceiling(wanted.scope), wanted.permission} - {None}
    return None if needed <= caller.permissions else Reason.permission_missing


def integration_acts(caller: Caller, wanted: Tool) -> Reason | None:
    if wanted.integration is None:
        return None
    state = caller.workspace.integrations.get(wanted.integration)
    return _INTEGRATION_REFUSES.get(state, Reason.integration_missing) if state != "connected" else None


_INTEGRATION_REFUSES: dict[str | None, Reason] = {
    "sign_in_needed": Reason.integration_signed_out,
    "actions_off": Reason.integration_actions_off,
}


def client_switch_is_on(caller: Client, wanted: Tool) -> Reason | None:
    """The External clients row of AI Agents > Actions: everything is on until somebody switches it off. A client waits
    for its answer, so nobody can be asked for it."""
    return None if caller.workspace.mode_of(caller.holder, wanted.name) is Mode.AUTO else Reason.toggle_off


def agent_switch_is_on(caller: AgentRun, wanted: Tool) -> Reason | None:
    """The agent's own row: everything is off until somebody switches it on."""
    return Reason.toggle_off if caller.workspace.mode_of(caller.holder, wanted.name) is Mode.NEVER else None


def scope_is_granted(caller: Client, wanted: Tool) -> Reason | None:
    """A scope covers the tools that the person saw under it, without the groups that they left out, and later ones only
    where they said so."""
    if not scopes.covers(caller.scopes, wanted.scope):
        return Reason.scope_missing
    if caller.left_out and groups.place(wanted.scope, wanted.group) in caller.left_out:
        return Reason.group_declined
    known = caller.known_tools.get(wanted.scope)
    return None if known is None or wanted.name in known else Reason.tool_added_later


def customer_allows(caller: Caller, wanted: Tool) -> Reason | None:
    """A caller bound to one customer is offered nothing that tells of all of them; one bound to nobody, nothing that
    tells of or acts for any."""
    if caller.customer is None:
        return None
    if wanted.bound == "absent":
        return Reason.customer_mismatch
    concerns_one = wanted.bound == "filtered" or wanted.customer
    return Reason.customer_unproven if caller.customer is NOBODY and concerns_one else None


def approval_is_given(caller: AgentRun, wanted: Tool, digest: str = "") -> Reason | None:
    """Asked of a call with the digest of what was called with; without one it answers for any call."""
    if not wanted.destructive and caller.workspace.mode_of(caller.holder, wanted.name) is Mode.AUTO:
        return None
    return None if digest and digest == caller.approved else Reason.approval_wanted
