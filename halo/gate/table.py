"""The table of the gate: every question in its order, and who is asked it.

Pages, the documentation and the tests read it; nothing else asks which kind a caller is.

To add a question: a reason in `halo.ground.errors`, a function in `halo.gate.checks`, a line of `CHECKS`, and a code in
`halo.mcp.refusals`; then run the tests with `UPDATE_SNAPSHOTS=1` and read what the documentation says of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, get_args

from halo.gate import checks
from halo.ground import scopes
from halo.ground.errors import Reason
from halo.ground.groups import GROUPS
from halo.ground.principal import Caller, Kind
from halo.tool import Tool

Answers = Callable[..., Reason | None]
"""Answers a question: of a connection from the caller, of a tool from the caller and the tool."""


class Stage(StrEnum):
    """What a question is about, and so when it can be answered."""

    CONNECTION = "connection"
    TOOL = "tool"
    CALL = "call"


ELSEWHERE: Answers | None = None
"""In the place of a function: the answer takes a token, a counter or the arguments, which the gate has not."""


@dataclass(frozen=True)
class Check:
    """One question of the table."""

    name: str
    """The question in a word or two."""
    question: str
    """In a person's words."""
    stage: Stage
    reasons: tuple[Reason, ...]
    """What a refusal is called."""
    asked: Mapping[Kind, Answers | None]
    """Kind of caller -> what answers, or `ELSEWHERE`; of a kind that is not here it is not asked."""
    about: Callable[[Any, Tool | None], str] = field(default=lambda _caller, _wanted: "")
    """What the question is about for this caller and tool."""


def _scope_of(_caller: Caller, wanted: Tool | None) -> str:
    """With the tool's group, which can be left out of it."""
    if wanted is None:
        return ""
    return f"{wanted.scope}, {GROUPS[wanted.group].title}" if wanted.group in GROUPS else wanted.scope


def _permission_for(_caller: Caller, wanted: Tool | None) -> str:
    needed = [scopes.ceiling(wanted.scope), wanted.permission] if wanted else []
    words = " and ".join(dict.fromkeys(str(one) for one in needed if one))
    return words or "membership is enough" if wanted else ""


def _title_of(_caller: Caller, wanted: Tool | None) -> str:
    return wanted.title if wanted else ""


def _integration_of(_caller: Caller, wanted: Tool | None) -> str:
    return wanted.integration or "needs none" if wanted else ""


_OF_TOKEN = (
    Reason.credential_missing, Reason.credential_unknown, Reason.credential_expired, Reason.credential_revoked,
    Reason.audience_mismatch,
)  # fmt: skip
INTEGRATION = (
    Reason.integration_missing, Reason.integration_signed_out, Reason.integration_actions_off, Reason.integration_off,
)  # fmt: skip
"""Refusals that somebody lifts on the page of the integration."""
_EVERY: tuple[Kind, ...] = get_args(Kind)
RETIRED = frozenset({Reason.integration_off})
"""Reasons that only old rows of the log have."""

CHECKS: tuple[Check, ...] = (
    Check("credential", "Is the credential good?", Stage.CONNECTION, _OF_TOKEN, {"mcp": ELSEWHERE}),
    Check("flag", "Is the MCP server switched on for the workspace?", Stage.CONNECTION, (Reason.flag_off,),
          {"mcp": checks.flag_is_on}),
    Check("person", "Is the person an active member?", Stage.CONNECTION, (Reason.person_inactive,),
          {"mcp": checks.person_is_active, "dashboard": checks.person_is_active}, lambda caller, _: caller.person_name),
    Check("connection", "Is the connection not paused?", Stage.CONNECTION, (Reason.grant_paused,),
          {"mcp": checks.grant_is_live}),
    Check("agent", "Is the agent neither paused nor archived?", Stage.CONNECTION,
          (Reason.agent_paused, Reason.agent_archived), {"agent": checks.agent_acts}, lambda caller, _: caller.called),
    Check("customer token", "If a customer token came: is it valid?", Stage.CONNECTION,
          (Reason.customer_token_invalid,), {"mcp": ELSEWHERE}),
    Check("tool", "Is there such a tool for this caller?", Stage.TOOL, (Reason.tool_unknown,),
          {"mcp": checks.tool_exists_for_clients, "agent": checks.every_tool_exists,
           "dashboard": checks.tool_exists}, _title_of),
    Check("change", "Does the tool change nothing, or is the person sure?", Stage.TOOL, (Reason.trial_changes,),
          {"dashboard": checks.nothing_changes}),
    Check("permission", "Does the person have the permission behind the scope?", Stage.TOOL,
          (Reason.permission_missing,), {"mcp": checks.person_may, "dashboard": checks.person_may}, _permission_for),
    Check("external", "Are connected servers switched on for the workspace?", Stage.TOOL,
          (Reason.external_servers_off,), dict.fromkeys(_EVERY, checks.flag_of_tool_is_on), _integration_of),
    Check("integration", "Is the integration connected, with its actions on?", Stage.TOOL, INTEGRATION,
          dict.fromkeys(_EVERY, checks.integration_acts), _integration_of),
    Check("switch", "Is the action switched on for this caller?", Stage.TOOL, (Reason.toggle_off,),
          {"mcp": checks.client_switch_is_on, "agent": checks.agent_switch_is_on}, _title_of),
    Check("scope", "Was the scope granted, with the tool's group?", Stage.TOOL,
          (Reason.scope_missing, Reason.tool_added_later, Reason.group_declined), {"mcp": checks.scope_is_granted},
          _scope_of),
    Check("customer", "Does the binding to one customer leave the tool?", Stage.TOOL,
          (Reason.customer_mismatch, Reason.customer_unproven, Reason.customer_incomplete, Reason.tool_unsorted),
          dict.fromkeys(_EVERY, checks.customer_allows)),
    Check("limit", "Has the rate limit room?", Stage.CALL, (Reason.rate_limited,), dict.fromkeys(_EVERY, ELSEWHERE)),
    Check("arguments", "Are the arguments valid?", Stage.CALL, (Reason.arguments_invalid,),
          dict.fromkeys(_EVERY, ELSEWHERE)),
    Check("approval", "Did a teammate approve it, where one is to be asked?", Stage.CALL, (Reason.approval_wanted,),
          {"agent": checks.approval_is_given}, _title_of),
)  # fmt: skip

AT_OTHER_DOORS: dict[Reason, str] = {
    Reason.client_not_admitted: "Does the workspace let this app connect?",
    Reason.signed_out: "Is the person signed in?",
    Reason.no_workspace: "Is the person in a workspace?",
    Reason.two_factor_missing: "Has the person the two-factor sign-in that the workspace asks for?",
    Reason.operator_only: "Is the person an operator?",
    Reason.signature_invalid: "Is the delivery signed with the secret that its sender and Halo share?",
    Reason.csrf_failed: "Was the form sent from a fresh page of ours?",
    Reason.origin_refused: "Does the request come from a web origin that is accepted?",
}
"""Reasons that are no call's, and the question that each answers."""


def check_of(reason: Reason) -> Check | None:
    """The question of the table that is refused with this reason."""
    return _BY_REASON.get(reason)


def reasons() -> tuple[Reason, ...]:
    """What a call can be refused for, in the order in which it is asked."""
    return tuple(_BY_REASON)


def asked_of(kind: Kind, stage: Stage) -> tuple[tuple[Check, Answers], ...]:
    """The questions of this stage that a caller of this kind is asked here, each with the function that answers."""
    return _ASKED[kind, stage]


def _asked(kind: Kind, stage: Stage) -> tuple[tuple[Check, Answers], ...]:
    return tuple((check, answers) for check in CHECKS if check.stage is stage and (answers := check.asked.get(kind)))


_BY_REASON = {reason: check for check in CHECKS for reason in check.reasons}
_ASKED = {(kind, stage): _asked(kind, stage) for kind in _EVERY for stage in Stage}
