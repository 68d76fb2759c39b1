"""How each way out of a call is recorded and counted: what is known of the request, its row of the log, its limit.

Every row is durable before the function that writes it returns. Past a limit one row a minute stands for the rest with
their number (`halo.ledger.folded`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from halo.ground import limits
from halo.ground.database import outage
from halo.ground.errors import Denied, Reason
from halo.ground.limits import Allowance
from halo.ground.principal import Caller
from halo.ground.telemetry import operations
from halo.ground.telemetry.measures import CALLS, LIMITED
from halo.ground.telemetry.timing import step
from halo.ledger import folded, writer
from halo.ledger.executions import Execution

T = TypeVar("T")
log = logging.getLogger("halo.perform")


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


def record_refusal(principal: Caller, reason: Reason, context: Context, tool: str | None = None) -> None:
    """The audit row of a request that was refused before it named a tool that could be called.

    It counts against its client's own limit, past which one row a minute stands for the rest.
    """
    execution = begun(principal, context, tool=tool)
    execution.outcome, execution.reason = "refused", reason.name
    write_refused(execution, context, is_folded=own_limit(principal) is not None)


def record_malformed(principal: Caller, context: Context, tool: str | None) -> Denied | None:
    """The same for a call that the gate cannot be asked about; the limit's own refusal where that is past."""
    limited = own_limit(principal)
    reason = limited.reason if limited else Reason.arguments_invalid
    execution = begun(principal, context, tool=tool)
    execution.outcome, execution.reason = "refused", reason.name
    write_refused(execution, context, is_folded=limited is not None)
    return limited


def record_dead(principal: Caller, reason: Reason, context: Context) -> None:
    """The same for a request with a credential that is known and dead: counted apart, and only so many rows."""
    execution = begun(principal, context, tool=None)
    execution.outcome, execution.reason = "refused", reason.name
    counted = _uncaught(lambda: limits.count(f"dead_calls_per_connection/{principal.counted_as}"))
    write_refused(execution, context, is_folded=(counted or 0) >= limits.DEAD_CALLS_PER_CONNECTION)


def begun(caller: Caller, context: Context, tool: str | None) -> Execution:
    """The row of an attempt, as far as it is known when it begins."""
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


def write(execution: Execution, context: Context, size: int, *, started: str = "") -> str:
    """Write the row, which closes what was `started`; its id."""
    execution.result_size = size
    execution.latency_us = (time.perf_counter_ns() - context.started_ns) // 1000
    _tell(execution)
    with step("audit_write"):
        return writer.record(execution, closes=started)


def write_refused(execution: Execution, context: Context, *, is_folded: bool, started: str = "") -> str:
    """The row of a refusal, and its id. Past a limit (`is_folded`) only the first of a minute has one: it stands for
    the rest."""
    whose = execution.grant_id or execution.conversation_id or execution.person_id
    key = f"folded/{execution.workspace_id}/{whose}/{execution.reason}"
    if is_folded and (_uncaught(lambda: limits.count(key)) or 1) > 1:
        _tell(execution)
        folded.add(execution)
        return ""
    return write(execution, context, 0, started=started)


def spend(keys: Mapping[str, str], caller: Caller) -> Allowance:
    """Count a call against these limits; raises `Denied(rate_limited)` for the first that is past."""
    try:
        allowance = limits.spend(keys, caller.workspace.limits)
    except Denied as limited:
        LIMITED.add(limited.details["allowance"].name)
        raise
    LIMITED.add("passed")
    return allowance


def counted(refused: Denied, caller: Caller) -> Denied:
    """The refusal, counted against the caller's limit; past that the limit's own, so that hammering does not pay."""
    if refused.reason is Reason.rate_limited:
        return refused
    return own_limit(caller) or refused


def own_limit(caller: Caller) -> Denied | None:
    """Count a refusal against the caller who caused it; the limit's own refusal where that is past."""
    try:
        _uncaught(lambda: spend({caller.limit: caller.counted_as}, caller))
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


def _tell(execution: Execution) -> None:
    """What operators see of it: numbers and a span, without whose it is."""
    CALLS.add(operations.label(execution.method), execution.outcome, execution.reason or "")
    operations.tell(execution.outcome, execution.reason)
