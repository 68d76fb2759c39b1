"""Why a connected app sees a tool, or does not: the gate's own answer, for a connection as it stands now."""

from __future__ import annotations

from dataclasses import dataclass

from halo import authenticate, gate, tool
from halo.audit import overview
from halo.audit.overview import Connection
from halo.errors import NotFound, Reason
from halo.permissions import Permission
from halo.principal import Client, Member


@dataclass(frozen=True)
class Step:
    """One question of the gate, with its answer where it refuses."""

    question: str
    refusal: Reason | None


@dataclass(frozen=True)
class Answer:
    """Whether the tool is seen, and every question that was asked."""

    client: Client
    tool: str
    steps: list[Step]

    @property
    def refusal(self) -> Reason | None:
        """The first refusal, which is the answer; None: the tool is seen."""
        return next((step.refusal for step in self.steps if step.refusal), None)


QUESTIONS = {
    gate.flag_is_on: "Is the MCP server switched on for the workspace?",
    gate.person_is_active: "Is the person an active member?",
    gate.grant_is_live: "Is the connection not paused?",
    gate.tool_exists: "Is there such a tool for MCP clients?",
    gate.person_may: "Does the person have the permission behind the scope?",
    gate.integration_acts: "Is the integration connected, with its actions on?",
    gate.toggle_is_on: "Is the action switched on for external clients?",
    gate.scope_is_granted: "Was the scope granted?",
    gate.customer_allows: "Does the binding to one customer leave the tool?",
}
"""The gate's checks, as a person asks them."""


def connections(*, principal: Member) -> list[Connection]:
    """The connections that this person may ask about: their own, or all of the workspace."""
    return overview.live_connections(str(principal.workspace_id), None if _sees_all(principal) else principal.person_id)


def tools() -> list[str]:
    """Names of the tools that exist for MCP clients."""
    return [declared.name for declared in tool.every() if not declared.destructive]


def explain(grant_id: str, name: str, *, principal: Member) -> Answer:
    """Ask the gate about a connection and a tool; raises NotFound for a connection that this person does not see."""
    if grant_id not in {connection.grant_id for connection in connections(principal=principal)}:
        raise NotFound("connection")
    return answer(authenticate.of_grant(grant_id), name)


def answer(client: Client, name: str) -> Answer:
    """Every question of the gate up to the first refusal."""
    steps: list[Step] = []
    for check in gate.CONNECTION:
        steps.append(Step(QUESTIONS[check], check(client)))
        if steps[-1].refusal:
            return Answer(client, name, steps)
    wanted = tool.find(name)
    if wanted is None:
        steps.append(Step(QUESTIONS[gate.tool_exists], Reason.tool_unknown))
        return Answer(client, name, steps)
    for ask in gate.TOOL:
        steps.append(Step(QUESTIONS[ask], ask(client, wanted)))
        if steps[-1].refusal:
            break
    return Answer(client, name, steps)


def _sees_all(principal: Member) -> bool:
    return principal.may(Permission.APPS_MANAGE) or principal.may(Permission.AUDIT_VIEW)
