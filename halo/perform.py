"""Steps 3 and 4 of every call: gate, run, audit. The only caller of a tool's handler.

One line, whoever calls and whatever the tool: admit, fill in the customer, count, validate, run, record. Every way
out writes exactly one `action_executions` row, durable before this function returns or raises; of a caller who is past
a limit one row a minute, which stands for the rest with their number (`halo.ledger.folded`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from halo import catalogue, gate
from halo.gate.table import INTEGRATION
from halo.ground import limits, outbound, zone
from halo.ground.database import give_back, outage, within
from halo.ground.errors import Denied, HaloError, Mistake, NotFound, Reason
from halo.ground.limits import Allowance
from halo.ground.principal import Caller
from halo.ground.telemetry import operations
from halo.ground.telemetry.measures import CALLS, LIMITED
from halo.ground.telemetry.steps import step
from halo.ledger import folded, redact, writer
from halo.ledger.executions import Execution
from halo.tool import Answer, Tool

T = TypeVar("T")
DEFINITION = 16
"""Signs of a definition's digest that a row keeps: enough to tell any two apart."""
log = logging.getLogger("halo.perform")
UNEXPECTED = "Something went wrong inside Halo. The failure was recorded; try again later."
ANSWERED_AS_RESULT = frozenset({
    *INTEGRATION, Reason.toggle_off, Reason.group_declined, Reason.customer_mismatch, Reason.customer_unproven,
    Reason.approval_wanted,
})  # fmt: skip
"""Refusals that a model can explain to its person; the others are errors of the protocol."""


@dataclass(slots=True)
class Context:
    """What the door knows of the request, for the audit row."""

    started_ns: int
    """`time.perf_counter_ns()` when the request arrived."""
    method: str = "tools/call"
    protocol_version: str | None = None
    client_info: str | None = None
    request_id: str | None = None
    trace_id: str | None = None


@dataclass(frozen=True, slots=True)
class Performed:
    """What a call gave back, already as the bytes of a `CallToolResult`, and what is left of the limits."""

    answer: Answer
    wire: bytes
    allowance: Allowance | None


def perform(name: str, arguments: Mapping[str, Any], *, principal: Caller, context: Context) -> Performed:
    """Call a tool for a principal. Raises `Denied` where the refusal belongs to the protocol; what a model can act
    on (bad arguments, a switched-off action, a failed upstream) comes back as an answer with `is_error`.

    Holds no connection of the session while the handler works, and leaves none behind, nor what failed on it."""
    try:
        return _performed(name, arguments, principal, context)
    finally:
        give_back()


def _performed(name: str, arguments: Mapping[str, Any], principal: Caller, context: Context) -> Performed:
    execution = _execution(principal, context, tool=name[:128])
    tools = catalogue.of(principal.workspace)
    execution.arguments = redact.redact(arguments, principal.workspace.audit_payloads, tools.secret_names(name))
    allowance: Allowance | None = None
    problem_said = ""
    try:
        with step("gate"):
            wanted = gate.admit_call(principal, name)
            execution.integration, execution.action = wanted.integration, wanted.action
            execution.definition = wanted.digest[:DEFINITION]
            filled = gate.for_customer(principal, wanted, arguments)
            allowance = _spend(principal, wanted)
        parsed, notes = wanted.parse(filled)
        gate.admit_arguments(principal, wanted, filled)
        give_back()
        with zone.of(principal.workspace.time_zone):
            answer, wire = _run(wanted, parsed, principal, execution).noting(notes).bounded()
        execution.outcome = "tool_error" if answer.is_error else "ok"
        execution.word = answer.word or None
    except Denied as refused:
        denied = refused if allowance is not None else _counted(refused, principal)
        execution.outcome, execution.reason = "refused", denied.reason.name
        # What nobody admitted is not worth keeping: a refused call could fill the log with whatever it likes.
        execution.arguments = redact.redact(arguments, "none")
        if denied.reason not in ANSWERED_AS_RESULT:
            _record_refused(execution, context, is_folded=denied.reason is Reason.rate_limited)
            raise denied from None
        problem_said = denied.message
    except HaloError as problem:
        execution.outcome = "tool_error"
        execution.reason = Reason.arguments_invalid.name if isinstance(problem, Mistake) else type(problem).__name__
        execution.word = "not found" if isinstance(problem, NotFound) else None
        problem_said = problem.message
    except Exception as problem:  # noqa: BLE001 - `outage.say` logs it
        outage.say(log, f"the tool {name} failed" if tools.find(name) else "a call failed", problem)
        execution.outcome, execution.reason, execution.detail = "failed", "internal", type(problem).__name__
        if away := outage.of(problem):
            execution.reason = away.word
            _record(execution, context, 0)
            raise away from None
        problem_said = UNEXPECTED
    if problem_said:
        answer = Answer(problem_said, is_error=True)
        wire = answer.wire()
    _record(execution, context, len(wire))
    return Performed(answer, wire, allowance)


def _run(wanted: Tool, parsed: Any, principal: Caller, execution: Execution) -> Answer:
    with step("handler"), within(limits.CALL_SECONDS), outbound.waiting() as waited:
        try:
            return wanted.handler(parsed, principal=principal)
        finally:
            execution.upstream_us = waited.microseconds


def record_refusal(principal: Caller, reason: Reason, context: Context, tool: str | None = None) -> None:
    """The audit row of a request that was refused before it named a tool that could be called.

    It counts against its client's own limit, past which one row a minute stands for the rest.
    """
    execution = _execution(principal, context, tool=tool)
    execution.outcome, execution.reason = "refused", reason.name
    _record_refused(execution, context, is_folded=_own_limit(principal) is not None)


def record_malformed(principal: Caller, context: Context, tool: str | None) -> Denied | None:
    """The same for a call that the gate cannot be asked about; the limit's own refusal where that is past."""
    limited = _own_limit(principal)
    reason = limited.reason if limited else Reason.arguments_invalid
    execution = _execution(principal, context, tool=tool)
    execution.outcome, execution.reason = "refused", reason.name
    _record_refused(execution, context, is_folded=limited is not None)
    return limited


def record_dead(principal: Caller, reason: Reason, context: Context) -> None:
    """The same for a request with a credential that is known and dead: counted apart, and only so many rows."""
    execution = _execution(principal, context, tool=None)
    execution.outcome, execution.reason = "refused", reason.name
    counted = _uncaught(lambda: limits.count(f"dead_calls_per_connection/{principal.counted_as}"))
    _record_refused(execution, context, is_folded=(counted or 0) >= limits.DEAD_CALLS_PER_CONNECTION)


def _spend(caller: Caller, wanted: Tool) -> Allowance:
    """The caller's own limits first; the workspace's only where those have room."""
    return _spent(caller.limits(wanted.limit), caller)


def _spent(keys: Mapping[str, str], caller: Caller) -> Allowance:
    try:
        allowance = limits.spend(keys, caller.workspace.limits)
    except Denied as limited:
        LIMITED.add(limited.details["allowance"].name)
        raise
    LIMITED.add("passed")
    return allowance


def _counted(refused: Denied, caller: Caller) -> Denied:
    """The refusal, counted against the caller's limit; past that the limit's own, so that hammering does not pay."""
    if refused.reason is Reason.rate_limited:
        return refused
    return _own_limit(caller) or refused


def _own_limit(caller: Caller) -> Denied | None:
    """Count a refusal against the caller who caused it; the limit's own refusal where that is past."""
    try:
        _uncaught(lambda: _spent({caller.limit: caller.counted_as}, caller))
    except Denied as limited:
        return limited
    return None


def _uncaught(count: Callable[[], T]) -> T | None:
    """The count; None where nothing can count now, since a refusal has its row whatever the counters do."""
    try:
        return count()
    except Denied:
        raise
    except Exception as problem:  # noqa: BLE001 - `outage.say` logs it
        outage.say(log, "a refusal could not be counted", problem)
        return None


def _execution(caller: Caller, context: Context, tool: str | None) -> Execution:
    return Execution(
        workspace_id=caller.workspace_id,
        caller=caller.kind,
        method=context.method,
        tool=tool,
        protocol_version=context.protocol_version,
        client_info=context.client_info,
        request_id=context.request_id,
        trace_id=context.trace_id,
        **caller.columns(),
    )


def _record(execution: Execution, context: Context, size: int) -> None:
    execution.result_size = size
    execution.latency_us = (time.perf_counter_ns() - context.started_ns) // 1000
    _tell(execution)
    with step("audit_write"):
        writer.record(execution)


def _record_refused(execution: Execution, context: Context, *, is_folded: bool) -> None:
    """The row of a refusal. Past a limit (`is_folded`) only the first of a minute: it stands for the rest."""
    key = f"folded/{execution.workspace_id}/{execution.grant_id or execution.person_id}/{execution.reason}"
    if is_folded and (_uncaught(lambda: limits.count(key)) or 1) > 1:
        _tell(execution)
        folded.add(execution)
    else:
        _record(execution, context, 0)


def _tell(execution: Execution) -> None:
    """What operators see of it: numbers and a span, without whose it is."""
    CALLS.add(operations.label(execution.method), execution.outcome, execution.reason or "")
    operations.tell(execution.outcome, execution.reason)
