"""Steps 3 and 4 of every call: gate, run, audit. The only caller of a tool's handler.

One line, whoever calls and whatever the tool: admit, fill in the customer, count, validate, run, record. Every way
out writes exactly one `action_executions` row, durable before this function returns or raises.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from halo import gate, limits, tool
from halo.audit import redact, writer
from halo.audit.executions import Execution
from halo.database import within
from halo.errors import Denied, HaloError, Mistake, Reason
from halo.limits import Allowance
from halo.principal import Client
from halo.tool import Answer, Tool

log = logging.getLogger("halo.perform")
UNEXPECTED = "Something went wrong inside Halo. The failure was recorded; try again later."
ANSWERED_AS_RESULT = frozenset({Reason.integration_off, Reason.toggle_off, Reason.customer_mismatch})
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


def perform(name: str, arguments: Mapping[str, Any], *, principal: Client, context: Context) -> Performed:
    """Call a tool for a principal. Raises `Denied` where the refusal belongs to the protocol; what a model can act
    on (bad arguments, a switched-off action, a failed upstream) comes back as an answer with `is_error`."""
    execution = _execution(principal, context, tool=name[:128])
    execution.arguments = redact.redact(arguments, principal.workspace.audit_payloads, tool.secret_names(name))
    allowance: Allowance | None = None
    problem_said = ""
    try:
        wanted = gate.admit_call(principal, name)
        execution.integration, execution.action = wanted.integration, wanted.action
        filled = gate.for_customer(principal, wanted, arguments)
        allowance = _spend(principal, wanted)
        parsed, notes = wanted.parse(filled)
        with within(limits.CALL_SECONDS):
            answer = wanted.handler(parsed, principal=principal)
        execution.outcome = "tool_error" if answer.is_error else "ok"
        answer, wire = answer.noting(notes).bounded()
    except Denied as refused:
        denied = refused if allowance is not None else _counted(refused, principal)
        execution.outcome, execution.reason = "refused", denied.reason.name
        # What nobody admitted is not worth keeping: a refused call could fill the log with whatever it likes.
        execution.arguments = redact.redact(arguments, "none")
        if denied.reason not in ANSWERED_AS_RESULT:
            _record(execution, context, 0)
            raise denied from None
        problem_said = denied.message
    except HaloError as problem:
        execution.outcome = "tool_error"
        execution.reason = Reason.arguments_invalid.name if isinstance(problem, Mistake) else type(problem).__name__
        problem_said = problem.message
    except Exception as problem:
        log.exception("the tool %s failed", name)
        execution.outcome, execution.reason, execution.detail = "failed", "internal", type(problem).__name__
        problem_said = UNEXPECTED
    if problem_said:
        answer = Answer(problem_said, is_error=True)
        wire = answer.wire()
    _record(execution, context, len(wire))
    return Performed(answer, wire, allowance)


def record_refusal(principal: Client, reason: Reason, context: Context, tool: str | None = None) -> None:
    """The audit row of a request that was refused before it named a tool that could be called."""
    execution = _execution(principal, context, tool=tool)
    execution.outcome, execution.reason = "refused", reason.name
    _record(execution, context, 0)


def _spend(client: Client, wanted: Tool) -> Allowance:
    keys = {"calls_per_workspace": client.workspace_id, "calls_per_client": client.counted_as}
    if wanted.limit is not None:
        keys[wanted.limit] = client.counted_as
    return limits.spend(keys, client.workspace.limits)


def _counted(refused: Denied, client: Client) -> Denied:
    """The refusal, counted against the client's limit; past that the limit's own, so that hammering does not pay."""
    if refused.reason is Reason.rate_limited:
        return refused
    try:
        limits.spend({"calls_per_client": client.counted_as}, client.workspace.limits)
    except Denied as limited:
        return limited
    return refused


def _execution(client: Client, context: Context, tool: str | None) -> Execution:
    return Execution(
        workspace_id=client.workspace_id,
        caller=client.caller,
        method=context.method,
        client_id=client.client_row_id or None,
        grant_id=client.grant_id or None,
        person_id=client.person_id,
        end_user_id=client.customer.end_user_id if client.customer else None,
        tool=tool,
        protocol_version=context.protocol_version,
        client_info=context.client_info,
        request_id=context.request_id,
        trace_id=context.trace_id,
    )


def _record(execution: Execution, context: Context, size: int) -> None:
    execution.result_size = size
    execution.latency_us = (time.perf_counter_ns() - context.started_ns) // 1000
    writer.record(execution)
