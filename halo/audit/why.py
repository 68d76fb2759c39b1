"""Why a connected app sees a tool, or does not: the gate's own answer, for a connection as it stands now."""

from __future__ import annotations

from dataclasses import dataclass

from halo import authenticate, catalogue, gate
from halo.gate import WORDS
from halo.ground import scopes
from halo.ground.errors import NotFound, Reason
from halo.ground.permissions import Permission
from halo.ground.principal import Client, Member, WorkspaceFacts
from halo.oauth import connected
from halo.oauth.connected import Connection
from halo.tool import Tool


@dataclass(frozen=True)
class Step:
    """One question of the gate, with its answer where it refuses."""

    question: str
    refusal: Reason | None
    about: str = ""
    """What the question is about here."""


@dataclass(frozen=True)
class Answer:
    """Whether the tool is seen, and every question with its answer: a second refusal is told before it is met."""

    client: Client
    tool: str
    steps: list[Step]

    @property
    def refusal(self) -> Reason | None:
        """The first refusal, which is the answer; None: the tool is seen."""
        return next((step.refusal for step in self.steps if step.refusal), None)


def connections(*, principal: Member) -> list[Connection]:
    """The connections that this person may ask about: their own, or all of the workspace."""
    return connected.live_connections(principal.workspace_id, None if _sees_all(principal) else principal.person_id)


def tools(workspace: WorkspaceFacts) -> list[str]:
    """Names of the tools that exist for MCP clients there."""
    return [one.name for one in catalogue.of(workspace).every() if not one.destructive]


def explain(grant_id: str, name: str, *, principal: Member) -> Answer:
    """Ask the gate about a connection and a tool; raises NotFound for a connection that this person does not see."""
    if grant_id not in {connection.grant_id for connection in connections(principal=principal)}:
        raise NotFound("connection")
    return answer(authenticate.of_grant(grant_id), name)


def answer(client: Client, name: str) -> Answer:
    """Every question of the gate; the first refusal is the answer, what stands behind it would be met next."""
    steps = [Step(WORDS[check], check(client), _of_connection(check, client)) for check in gate.CONNECTION]
    wanted = catalogue.of(client.workspace).find(name)
    if wanted is None or wanted.destructive:
        steps.append(Step(WORDS[gate.tool_exists], Reason.tool_unknown, name))
        return Answer(client, name, steps)
    steps += [Step(WORDS[ask], ask(client, wanted), _of_tool(ask, wanted)) for ask in gate.TOOL]
    return Answer(client, name, steps)


def _of_connection(check: object, client: Client) -> str:
    return client.person_name if check is gate.person_is_active else ""


def _of_tool(ask: object, wanted: Tool) -> str:
    about = {
        gate.tool_exists: wanted.title,
        gate.person_may: scopes.ceiling(wanted.scope) or "membership is enough",
        gate.integration_acts: wanted.integration or "needs none",
        gate.toggle_is_on: wanted.title,
        gate.scope_is_granted: wanted.scope,
    }
    return next((str(words) for question, words in about.items() if question is ask), "")


def _sees_all(principal: Member) -> bool:
    return principal.may(Permission.APPS_MANAGE)
