"""Steps 3 and 4 of every call: gate, run, audit. The only caller of a tool's handler.

One line, whoever calls and whatever the tool: admit, fill in the customer, count, validate, ask for approval, run,
record. Every way out writes exactly one `action_executions` row, durable before this function returns or raises; of a
caller who is past a limit one row a minute, which stands for the rest with their number (`halo.ledger.folded`).

What comes back is a value, an answer or a refusal, with the id of its row; each door says it in its own language. Only
where nothing can be answered at all (the database is away) something is raised.

A call that must not be made twice leaves a durable row before its handler runs (`halo.ledger.started`). Whatever ends
it closes that row; what ended with the process is found by a sweep. Where nobody can say whether it took effect, the
outcome is `unknown`, and the answer says so instead of inviting a second try.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from halo import catalogue, gate
from halo.ground import limits, outbound, zone
from halo.ground.database import give_back, outage, outside_change, within
from halo.ground.errors import Denied, HaloError, Mistake, NotFound, Reason, UpstreamFailed
from halo.ground.limits import Allowance
from halo.ground.principal import Caller
from halo.ground.telemetry.timing import step
from halo.ledger import redact, writer
from halo.ledger.executions import Execution
from halo.perform import rows
from halo.perform.rows import Context, record_dead, record_malformed, record_refusal
from halo.tool import Answer, Tool

DEFINITION = 16
"""Signs of a definition's digest that a row keeps: enough to tell any two apart."""
DETAIL = 200
"""Signs that a row keeps of what stood behind a failure."""
log = logging.getLogger("halo.perform")
UNEXPECTED = "Something went wrong inside Halo. The failure was recorded; try again later."
UNKNOWN = "It is not known whether this took effect. Look before you try it again."
Render = Callable[[Answer], bytes]
"""What a door makes of an answer; the log keeps its size, and what clients cannot bear is cut to it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The tool answered, or said in words that it could not."""

    answer: Answer
    wire: bytes
    """The answer as the door that asked renders it."""
    allowance: Allowance | None
    """What is left of the limits."""
    row_id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The caller may not."""

    denied: Denied
    row_id: str
    """Empty where an earlier row of the same minute stands for this one too."""

    @property
    def reason(self) -> Reason:
        return self.denied.reason

    @property
    def sentence(self) -> str:
        return self.denied.message


def perform(
    name: str, arguments: Mapping[str, Any], *, principal: Caller, context: Context, render: Render = Answer.encoded
) -> Answered | Refusal:
    """Call a tool for a caller. What a model can act on (bad arguments, a failed upstream) is an answer with
    `is_error`; raises only where nothing can be answered.

    Holds no connection of the session while the handler works, and leaves none behind, nor what failed on it; so it has
    no place inside a change."""
    outside_change()
    try:
        return _performed(_Attempt(name, arguments, principal, context), render)
    finally:
        give_back()


def _performed(attempt: _Attempt, render: Render) -> Answered | Refusal:
    try:
        answer, wire = attempt.answer(render)
    except Denied as denied:
        return attempt.refused(denied)
    except writer.NotRecorded:
        raise
    except Exception as problem:  # noqa: BLE001 - `_Attempt.failed` logs it
        answer = attempt.failed(problem)
        wire = render(answer)
    row_id = rows.write(attempt.execution, attempt.context, len(wire), started=attempt.started)
    return Answered(answer, wire, attempt.allowance, row_id)


class _Attempt:
    """One call on its way."""

    __slots__ = ("allowance", "arguments", "caller", "context", "execution", "name", "started", "tools")

    def __init__(self, name: str, arguments: Mapping[str, Any], caller: Caller, context: Context) -> None:
        self.name, self.arguments, self.caller, self.context = name, arguments, caller, context
        self.tools = catalogue.of(caller.workspace)
        self.execution: Execution = rows.begun(caller, context, name[:128])
        mode = caller.workspace.audit_payloads
        self.execution.arguments = redact.redact(arguments, mode, self.tools.secret_names(name))
        if (wanted := self.tools.find(name)) is not None:
            self._names(wanted)
        self.allowance: Allowance | None = None
        self.started = ""
        """Id of the row that says that a call which must not be made twice has begun."""

    def _names(self, wanted: Tool) -> None:
        """What the row says of the tool, also where the call is refused."""
        execution = self.execution
        execution.integration, execution.action = wanted.integration, wanted.action
        execution.server_id, execution.definition = wanted.server_id, wanted.digest[:DEFINITION]

    def answer(self, render: Render) -> tuple[Answer, bytes]:
        """The tool's answer, and what the door makes of it; raises what stands against it."""
        with step("gate"):
            wanted, filled = self._admitted()
        parsed, notes = wanted.parse(filled)
        gate.admit_arguments(self.caller, wanted, filled)
        if not (wanted.read_only or wanted.idempotent):
            self.started = writer.begin(self.execution)
        give_back()
        with zone.spoken_in(self.caller.workspace.time_zone):
            answer, wire = self._run(wanted, parsed).noting(notes).bounded(render)
        self.execution.outcome = "tool_error" if answer.is_error else "ok"
        self.execution.word = answer.word or None
        return answer if answer.whose else replace(answer, whose=wanted.whose), wire

    def _admitted(self) -> tuple[Tool, dict[str, Any]]:
        wanted = gate.admit_call(self.caller, self.name)
        filled = gate.for_customer(self.caller, wanted, self.arguments)
        self.allowance = rows.spend(self.caller.limits(wanted.limit), self.caller)
        return wanted, filled

    def _run(self, wanted: Tool, parsed: Any) -> Answer:
        with step("handler"), within(limits.CALL_SECONDS), outbound.waiting() as waited:
            try:
                return wanted.handler(parsed, principal=self.caller)
            finally:
                self.execution.upstream_us = waited.microseconds

    def refused(self, denied: Denied) -> Refusal:
        """Record it. What was refused before it counted counts against the caller's own limit."""
        told = denied if self.allowance is not None else rows.counted(denied, self.caller)
        self.execution.outcome, self.execution.reason = "refused", told.reason.name
        if told.reason is not Reason.approval_wanted:
            # What nobody admitted is not worth keeping: a refused call could fill the log with whatever it likes.
            self.execution.arguments = redact.redact(self.arguments, "none")
        is_folded = told.reason is Reason.rate_limited
        row_id = rows.write_refused(self.execution, self.context, is_folded=is_folded, started=self.started)
        return Refusal(told, row_id)

    def failed(self, problem: Exception) -> Answer:
        """What is said of a failure, in words of ours alone; raises what `outage` says where Halo stands on nothing."""
        execution = self.execution
        if isinstance(problem, HaloError):
            execution.outcome = "tool_error"
            execution.reason = _called(problem)
            execution.word = "not found" if isinstance(problem, NotFound) else None
            execution.detail = _behind(problem)
            says = problem.message
        else:
            says = self._broken(problem)
        if self.started and not _left_nothing(problem):
            execution.outcome, says = "unknown", f"{says} {UNKNOWN}" if says is not UNEXPECTED else UNKNOWN
        return Answer(says, is_error=True, whose="ours")

    def _broken(self, problem: Exception) -> str:
        outage.say(log, f"the tool {self.name} failed" if self.tools.find(self.name) else "a call failed", problem)
        execution = self.execution
        execution.outcome, execution.reason, execution.detail = "failed", "internal", type(problem).__name__
        away = outage.seen_in(problem)
        if away is None:
            return UNEXPECTED
        execution.reason = away.word
        if self.started:  # coming back later would make it twice
            return UNEXPECTED
        rows.write(execution, self.context, 0)
        raise away from None


def _called(problem: HaloError) -> str:
    """What the log calls the family of a failure."""
    if isinstance(problem, Mistake):
        return Reason.arguments_invalid.name
    return UpstreamFailed.__name__ if isinstance(problem, UpstreamFailed) else type(problem).__name__


def _behind(problem: HaloError) -> str | None:
    """Where a failed request to somebody else failed, and what stood there."""
    if not isinstance(problem, UpstreamFailed):
        return None
    return f"{problem.stage}: {problem.detail}"[:DETAIL].removesuffix(": ")


def _left_nothing(problem: Exception) -> bool:
    """Whether a handler that ended so has certainly not acted."""
    return isinstance(problem, (Mistake, NotFound)) or (isinstance(problem, UpstreamFailed) and problem.left_nothing)


__all__ = [
    "UNEXPECTED",
    "UNKNOWN",
    "Answered",
    "Context",
    "Refusal",
    "perform",
    "record_dead",
    "record_malformed",
    "record_refusal",
]
