"""Step 2 of every call: one ordered list of refusals; the first that applies is the answer.

Listing and calling ask the same functions, so `tools/list` shows exactly what a call would not be refused for. The
checks are pure: they look at a principal's loaded facts and a tool's declaration, and at nothing else. Before them
stands `halo.authenticate` (a good credential for the right address), after them the rate limit and the validity of
the arguments, which `halo.perform` asks because they spend something and need the arguments.

The person's permissions are asked in two steps: membership with the connection, the scope's permission with the tool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from halo import catalogue
from halo.flags.catalogue import MCP_SERVER
from halo.ground import groups, scopes
from halo.ground.errors import Denied, Reason
from halo.ground.principal import Client
from halo.ground.text.folding import mail
from halo.tool import Tool


def flag_is_on(client: Client) -> Reason | None:
    return None if MCP_SERVER in client.workspace.flags else Reason.flag_off


def person_is_active(client: Client) -> Reason | None:
    return None if client.is_member else Reason.person_inactive


def grant_is_live(client: Client) -> Reason | None:
    return Reason.grant_paused if client.is_paused else None


def tool_exists(_client: Client, wanted: Tool) -> Reason | None:
    """Destructive tools do not exist for MCP clients; no scope brings them back."""
    return Reason.tool_unknown if wanted.destructive else None


def person_may(client: Client, wanted: Tool) -> Reason | None:
    needed = scopes.ceiling(wanted.scope)
    return None if needed is None or needed in client.permissions else Reason.permission_missing


def integration_acts(client: Client, wanted: Tool) -> Reason | None:
    if wanted.integration is None or wanted.integration in client.workspace.connected:
        return None
    return Reason.integration_off


def toggle_is_on(client: Client, wanted: Tool) -> Reason | None:
    """The External clients row of AI Agents > Actions: everything is on until somebody switches it off."""
    return Reason.toggle_off if wanted.name in client.workspace.switched_off else None


def scope_is_granted(client: Client, wanted: Tool) -> Reason | None:
    """A scope covers the tools that the person saw under it, without the groups that they left out, and later ones only
    where they said so."""
    if not scopes.covers(client.scopes, wanted.scope):
        return Reason.scope_missing
    if client.left_out and groups.place(wanted.scope, wanted.group) in client.left_out:
        return Reason.group_declined
    known = client.known_tools.get(wanted.scope)
    return None if known is None or wanted.name in known else Reason.tool_added_later


def customer_allows(client: Client, wanted: Tool) -> Reason | None:
    """A caller bound to one customer is offered nothing that tells of all of them."""
    return Reason.customer_mismatch if client.customer and wanted.bound == "absent" else None


CONNECTION: tuple[Callable[[Client], Reason | None], ...] = (flag_is_on, person_is_active, grant_is_live)
"""Asked of every request of a client."""
TOOL: tuple[Callable[[Client, Tool], Reason | None], ...] = (
    tool_exists,
    person_may,
    integration_acts,
    toggle_is_on,
    scope_is_granted,
    customer_allows,
)
"""Asked of every tool, when it is listed and when it is called."""


def connection_refusal(client: Client) -> Reason | None:
    """Why this client may do nothing at all now, or None."""
    for check in CONNECTION:
        if reason := check(client):
            return reason
    return None


def tool_refusal(client: Client, wanted: Tool) -> Reason | None:
    """Why this client may not call this tool now, or None."""
    for check in TOOL:
        if reason := check(client, wanted):
            return reason
    return None


def admit(client: Client) -> None:
    """Raise `Denied` where the whole connection is refused."""
    reason = connection_refusal(client)
    if reason is Reason.flag_off:
        raise _switched_off(client)
    if reason is not None:
        raise Denied(reason)


def _switched_off(client: Client) -> Denied:
    """The refusal in the operators' own words, where they left some."""
    off = client.workspace.flags_off.get(MCP_SERVER)
    words = [Reason.flag_off.sentence]
    if off is not None and off.until is not None:
        words.append(f"It comes back at {off.until:%Y-%m-%d %H:%M} UTC.")
    if off is not None and off.message:
        words.append(f"The operators say: {off.message}")
    return Denied(Reason.flag_off, " ".join(words), switched_off=off)


def admit_call(client: Client, name: str) -> Tool:
    """The tool that this client may call; raises `Denied` with the first reason that applies."""
    admit(client)
    wanted = catalogue.of(client.workspace).find(name)
    reason = Reason.tool_unknown if wanted is None else tool_refusal(client, wanted)
    if wanted is None or reason is Reason.tool_unknown:
        raise Denied(Reason.tool_unknown, f"There is no tool {name[:64]!r}; tools/list names those of this connection.")
    if reason is not None:
        needs = f"{name} needs {wanted.scope}: {scopes.describe(wanted.scope)[0]}."
        raise Denied(reason, f"{reason.sentence} {needs} {reason.lifted_by}", scope=wanted.scope)
    return wanted


def listed(client: Client) -> tuple[Tool, ...]:
    """Exactly the tools that a call would be admitted to, in the order of their names."""
    admit(client)
    return tuple(wanted for wanted in catalogue.of(client.workspace).every() if tool_refusal(client, wanted) is None)


def for_customer(client: Client, wanted: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with what names a customer filled in for a bound caller; raises `Denied(customer_mismatch)`."""
    filled = dict(arguments)
    if client.customer is None:
        return filled
    for parameter, attribute in wanted.customer.items():
        theirs = client.customer.value_of(attribute)
        said = filled.pop(parameter, None)
        if said is not None and mail(str(said)) != mail(theirs or ""):
            says = f"This connection is bound to one customer; leave {parameter!r} out."
            raise Denied(Reason.customer_mismatch, says)
        if theirs is not None:
            filled[parameter] = theirs
    return filled


Check = Callable[..., Reason | None]


@dataclass(frozen=True)
class Question:
    """One question of `halo.gate`, `halo.authenticate` or `halo.perform`."""

    words: str
    short: str
    """The question in a word."""
    reasons: tuple[Reason, ...]
    """What a refusal is called."""
    check: Check | None = None
    """The gate's own function, where a connection can be asked without a call."""


ORDER: tuple[Question, ...] = (
    Question("Is the credential good?", "credential", (
        Reason.credential_missing, Reason.credential_unknown, Reason.credential_expired, Reason.credential_revoked,
        Reason.audience_mismatch,
    )),
    Question("Is the MCP server switched on for the workspace?", "flag", (Reason.flag_off,), flag_is_on),
    Question("Is the person an active member?", "person", (Reason.person_inactive,), person_is_active),
    Question("Is the connection not paused?", "connection", (Reason.grant_paused,), grant_is_live),
    Question("Is the customer's token valid?", "customer token", (Reason.customer_token_invalid,)),
    Question("Is there such a tool for MCP clients?", "tool", (Reason.tool_unknown,), tool_exists),
    Question("Does the person have the permission behind the scope?", "permission", (Reason.permission_missing,),
             person_may),
    Question("Is the integration connected, with its actions on?", "integration", (Reason.integration_off,),
             integration_acts),
    Question("Is the action switched on for external clients?", "switch", (Reason.toggle_off,), toggle_is_on),
    Question("Was the scope granted?", "scope", (Reason.scope_missing, Reason.group_declined, Reason.tool_added_later),
             scope_is_granted),
    Question("Does the binding to one customer leave the tool?", "customer", (Reason.customer_mismatch,),
             customer_allows),
    Question("Has the rate limit room?", "limit", (Reason.rate_limited,)),
    Question("Are the arguments valid?", "arguments", (Reason.arguments_invalid,)),
)  # fmt: skip


OF_TOOLS = 5
"""From here on the questions are about a tool."""


WORDS: dict[Any, str] = {question.check: question.words for question in ORDER if question.check}
"""The gate's checks, as a person asks them."""
