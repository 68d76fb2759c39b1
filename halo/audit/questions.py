"""What the gate asks, in its order and in a person's words: once, for recorded calls (`trail`) and for the live
answer (`why`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from halo import gate
from halo.errors import Reason

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
    Question("Is the MCP server switched on for the workspace?", "flag", (Reason.flag_off,), gate.flag_is_on),
    Question("Is the person an active member?", "person", (Reason.person_inactive,), gate.person_is_active),
    Question("Is the connection not paused?", "connection", (Reason.grant_paused,), gate.grant_is_live),
    Question("Is the customer's token valid?", "customer token", (Reason.customer_token_invalid,)),
    Question("Is there such a tool for MCP clients?", "tool", (Reason.tool_unknown,), gate.tool_exists),
    Question("Does the person have the permission behind the scope?", "permission", (Reason.permission_missing,),
             gate.person_may),
    Question("Is the integration connected, with its actions on?", "integration", (Reason.integration_off,),
             gate.integration_acts),
    Question("Is the action switched on for external clients?", "switch", (Reason.toggle_off,), gate.toggle_is_on),
    Question("Was the scope granted?", "scope", (Reason.scope_missing, Reason.tool_added_later), gate.scope_is_granted),
    Question("Does the binding to one customer leave the tool?", "customer", (Reason.customer_mismatch,),
             gate.customer_allows),
    Question("Has the rate limit room?", "limit", (Reason.rate_limited,)),
    Question("Are the arguments valid?", "arguments", (Reason.arguments_invalid,)),
)  # fmt: skip
OF_TOOLS = 5
"""From here on the questions are about a tool."""
WORDS: dict[Any, str] = {question.check: question.words for question in ORDER if question.check}
"""The gate's checks, as a person asks them."""
