"""One message of MCP, from its arrival to its answer: a SERVER span and a value of `mcp.server.operation.duration`.

After OpenTelemetry's conventions for MCP. Two deviations, both to keep callers' text out: a status has no description,
because our sentences may quote an argument, and a method or tool that we do not have is `_OTHER`, without a name.
"""

from __future__ import annotations

import time
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Self

from halo.ground.telemetry import here, measures, sheet, traces
from halo.ground.telemetry.traces import Carrier

OTHER = "_OTHER"
METHODS = frozenset({
    "initialize", "ping", "server/discover", "tools/list", "tools/call", "notifications/initialized",
    "notifications/cancelled", "notifications/progress", "notifications/roots/list_changed", "resources/list",
    "resources/templates/list", "resources/read", "prompts/list", "prompts/get", "completion/complete",
    "logging/setLevel", "GET", "POST", "DELETE",
})  # fmt: skip
"""What a caller may name as its method and see again; for a request that named none, that of HTTP."""


def label(method: str) -> str:
    """The method as a label: of the few that there are."""
    return method if method in METHODS else OTHER


def is_watched() -> bool:
    """Whether anybody sees an operation; where not, none need be made."""
    return bool(sheet.opened) or traces.tracing() is not None


def fields() -> tuple[str, ...]:
    """The names under which a message may name its trace; none where nothing is traced."""
    on = traces.tracing()
    return on.fields if on is not None else ()


class Operation:
    """One message that is being answered, while this is the context."""

    __slots__ = ("_before", "_error", "_labels", "_span", "_started", "_trace")

    def __init__(
        self,
        method: str,
        *,
        tool: str = "",
        version: str = "",
        request_id: str | None = None,
        carrier: Carrier | None = None,
        started_ns: int | None = None,
    ) -> None:
        """`tool` and `version` are ones that we have, or empty; `carrier` says which trace to go on with."""
        self._started = started_ns or time.perf_counter_ns()
        self._labels = (label(method), tool, version)
        self._error = ""
        on = traces.tracing()
        self._trace = on.begin(self._labels, request_id, carrier, self._started) if on is not None else None
        self._span = self._trace.span if self._trace is not None else None
        self._before: Token[Operation | None]

    @property
    def trace_id(self) -> str | None:
        """Of the trace, if anybody will find it: it is sampled, or the caller's."""
        return self._trace.trace_id if self._trace is not None else None

    def carried(self) -> dict[str, str]:
        """What the next system has to be told to go on with this trace, as headers or in `_meta`."""
        return self._trace.carried() if self._trace is not None else {}

    def tell(self, outcome: str, reason: str | None) -> None:
        """What the audit row says of it."""
        if self._span is not None:
            self._span.tell({"halo.outcome": outcome} | ({"halo.reason": reason} if reason else {}))

    def fail(self, error: str) -> None:
        """It is answered with an error: the code of JSON-RPC, or `tool_error` where the result says so."""
        self._error = error
        if self._span is not None and error != "tool_error":
            self._span.tell({"rpc.response.status_code": error})

    def __enter__(self) -> Self:
        self._before = _current.set(self)
        if self._trace is not None:
            here.traced(self._trace.trace_id)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _current.reset(self._before)
        error = self._error or (kind.__name__ if kind is not None else "")
        measures.OPERATIONS.observe((time.perf_counter_ns() - self._started) / 1e9, *self._labels, error)
        if self._span is not None:
            self._span.end(error)


_current: ContextVar[Operation | None] = ContextVar("halo_operation", default=None)


def tell(outcome: str, reason: str | None) -> None:
    """See `Operation.tell`; nothing outside an operation."""
    if (operation := _current.get()) is not None:
        operation.tell(outcome, reason)


def trace_id() -> str | None:
    """See `Operation.trace_id`; None outside an operation."""
    operation = _current.get()
    return operation.trace_id if operation is not None else None


def is_seen() -> bool:
    """Whether somebody sees the span of the present operation, and the steps below it."""
    operation = _current.get()
    return operation is not None and operation._span is not None


def carried() -> dict[str, str]:
    """See `Operation.carried`; empty outside an operation."""
    operation = _current.get()
    return operation.carried() if operation is not None else {}
