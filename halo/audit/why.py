"""Why a caller sees a tool, or does not: the gate's own answer, for the caller as it stands now.

Whom a person may ask about says `SOURCES`: here the connections, their own or all of the workspace. A slice that knows
other callers registers a source of its own, as AI agents do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from halo import authenticate, catalogue, gate
from halo.gate import table
from halo.gate.table import Stage
from halo.ground.errors import NotFound, Reason
from halo.ground.permissions import Permission
from halo.ground.principal import Caller, Member, WorkspaceFacts
from halo.oauth import connected


@dataclass(frozen=True)
class Askable:
    """A caller that a person may ask about."""

    key: str
    """What an address says for it."""
    words: str
    load: Callable[[], Caller]
    """The caller as it stands now."""


@dataclass(frozen=True)
class QuestionAnswered:
    """One question of the gate, with its answer where it refuses."""

    question: str
    refusal: Reason | None
    about: str = ""
    """What the question is about here."""


@dataclass(frozen=True)
class Explanation:
    """Whether the tool is seen, and every question with its answer: a second refusal is told before it is met."""

    caller: Caller
    tool: str
    steps: list[QuestionAnswered]

    @property
    def refusal(self) -> Reason | None:
        """The first refusal, which is the answer; None: the tool is seen."""
        return next((step.refusal for step in self.steps if step.refusal), None)


def _connections(principal: Member) -> Iterable[Askable]:
    """Their own, or all of the workspace."""
    whose = None if principal.may(Permission.APPS_MANAGE) else principal.person_id
    for it in connected.live_connections(principal.workspace_id, whose):
        yield Askable(it.grant_id, it.words, partial(authenticate.of_grant, it.grant_id))


Source = Callable[[Member], Iterable[Askable]]
SOURCES: list[Source] = [_connections]


def register(source: Source) -> None:
    """Ask this one too for the callers that a person may ask about."""
    if source not in SOURCES:
        SOURCES.append(source)


def callers(*, principal: Member) -> list[Askable]:
    """The callers that this person may ask about."""
    return [known for source in SOURCES for known in source(principal)]


def tools(workspace: WorkspaceFacts) -> list[str]:
    """Names of the tools that can be asked about there."""
    return [one.name for one in catalogue.of(workspace).every()]


def explain(key: str, name: str, *, principal: Member) -> Explanation:
    """Ask the gate about a caller and a tool; raises NotFound for a caller that this person may not ask about."""
    known = next((it for it in callers(principal=principal) if it.key == key), None)
    if known is None:
        raise NotFound("connection")
    return answer(known.load(), name)


def answer(caller: Caller, name: str) -> Explanation:
    """Every question of the gate; the first refusal is the answer, what stands behind it would be met next."""
    wanted = catalogue.of(caller.workspace).find(name)
    steps = [
        QuestionAnswered(check.question, answers(caller), check.about(caller, wanted))
        for check, answers in table.asked_of(caller.kind, Stage.CONNECTION)
    ]
    if wanted is None or gate.refuses_for(Reason.tool_unknown, caller, wanted):
        missing = table.check_of(Reason.tool_unknown)
        steps += [QuestionAnswered(missing.question, Reason.tool_unknown, name)] if missing else []
        return Explanation(caller, name, steps)
    steps += [
        QuestionAnswered(check.question, answers(caller, wanted), check.about(caller, wanted))
        for stage in (Stage.TOOL, Stage.CALL)
        for check, answers in table.asked_of(caller.kind, stage)
    ]
    return Explanation(caller, name, steps)
