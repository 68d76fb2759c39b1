"""The functions that answer the gate's questions: a refusal's reason, or None.

Each looks at a caller's loaded facts and a tool's declaration, and at nothing else. Of which kind of caller each is
asked, and in which order, says the table (`halo.gate.table`).
"""

from __future__ import annotations

from halo.flags.vocabulary import CATALOGUE as FLAGS
from halo.flags.vocabulary import MCP_SERVER
from halo.ground import groups, scopes
from halo.ground.errors import Reason
from halo.ground.modes import Mode
from halo.ground.principal import NOBODY, AgentRun, Caller, Client, Customer, Nobody, Trying
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


def tool_exists_for_clients(_caller: Caller, wanted: Tool) -> Reason | None:
    """The same, and what a workspace keeps to its own agents does not exist for them either."""
    return None if wanted.is_for_clients else Reason.tool_unknown


def every_tool_exists(_caller: Caller, _wanted: Tool) -> Reason | None:
    """That there is one of this name was found out before."""
    return None


def nothing_changes(caller: Trying, wanted: Tool) -> Reason | None:
    """What changes something runs from a page only where the person said so of this very call."""
    return None if wanted.read_only or caller.is_sure else Reason.trial_changes


def person_may(caller: Client | Trying, wanted: Tool) -> Reason | None:
    """The permission behind the scope, and the tool's own where it needs one more."""
    behind = scopes.ceiling(wanted.scope)
    if behind is not None and behind not in caller.permissions:
        return Reason.permission_missing
    own = wanted.permission
    return None if own is None or own in caller.permissions else Reason.permission_missing


def flag_of_tool_is_on(caller: Caller, wanted: Tool) -> Reason | None:
    """The flag that a tool hangs on beside that of the MCP server."""
    if wanted.flag is None or wanted.flag in caller.workspace.flags:
        return None
    return FLAGS[wanted.flag].refuses


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
    return None if _mode(caller, wanted) is Mode.AUTO else Reason.toggle_off


def agent_switch_is_on(caller: AgentRun, wanted: Tool) -> Reason | None:
    """The agent's own row: everything is off until somebody switches it on."""
    return Reason.toggle_off if _mode(caller, wanted) is Mode.NEVER else None


def _mode(caller: Caller, wanted: Tool) -> Mode:
    return caller.workspace.mode_of(caller.holder, wanted.name, wanted.starts(caller.holder))


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
    if wanted.bound in _NOT_BOUND:
        return _NOT_BOUND[wanted.bound]
    if caller.customer is NOBODY:
        return Reason.customer_unproven if wanted.bound != "same" or wanted.customer else None
    return Reason.customer_incomplete if wanted.bound == "locked" and _lacks(caller.customer, wanted) else None


def _lacks(customer: Customer | Nobody, wanted: Tool) -> bool:
    """Whether a parameter that alone holds a tool to its customer would stay empty."""
    return any(not customer.value_of(attribute) for attribute in wanted.customer.values())


_NOT_BOUND: dict[str, Reason] = {"absent": Reason.customer_mismatch, "unsorted": Reason.tool_unsorted}


def approval_is_given(caller: AgentRun, wanted: Tool, digest: str = "") -> Reason | None:
    """Asked of a call with the digest of what was called with; without one it answers for any call."""
    if not wanted.destructive and _mode(caller, wanted) is Mode.AUTO:
        return None
    return None if digest and digest == caller.approved else Reason.approval_wanted
