"""One message of MCP, from its arrival to its answer: a SERVER span and a value of `mcp.server.operation.duration`.

After OpenTelemetry's conventions for MCP. Two deviations, both to keep callers' text out: a status has no description,
because our sentences may quote an argument, and a method or tool that we do not have is `_OTHER`, without a name.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

from halo.telemetry import here, measures, sheet, traces

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
    return sheet.open_one() is not None or traces.tracing() is not None


class Operation:
    """One message that is being answered, while this is the context."""

    def __init__(
        self,
        method: str,
        *,
        tool: str | None = None,
        version: str | None = None,
        request_id: str | None = None,
        meta: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        started_ns: int | None = None,
    ) -> None:
        """`tool` and `version` are ones that we have; `meta` and `headers` may carry the trace to go on with."""
        self._started = started_ns or time.perf_counter_ns()
        self._error: str | None = None
        known = {"mcp.method.name": label(method)}
        if tool is not None:
            known["gen_ai.tool.name"] = tool
        if method == "tools/call":
            known["gen_ai.operation.name"] = "execute_tool"
        if version is not None:
            known["mcp.protocol.version"] = version
        self._known = known
        self._span = None
        if (on := traces.tracing()) is not None:
            name = f"{known['mcp.method.name']} {tool}" if tool else known["mcp.method.name"]
            age = time.perf_counter_ns() - self._started
            self._span = on.begin(name, known, meta or {}, headers or {}, age)
            if request_id is not None:
                self._span.tell({"jsonrpc.request.id": request_id})

    @property
    def trace_id(self) -> str | None:
        """Of the trace, if anybody will find it: it is sampled, or the caller's."""
        return self._span.trace_id if self._span is not None else None

    def __enter__(self) -> Self:
        current.set(self)
        here.traced(self.trace_id)
        return self

    def tell(self, outcome: str, reason: str | None) -> None:
        """What the audit row says of it."""
        if self._span is not None:
            self._span.tell({"halo.outcome": outcome} | ({"halo.reason": reason} if reason else {}))

    def fail(self, error: str) -> None:
        """It is answered with an error: the code of JSON-RPC, or `tool_error` where the result says so."""
        self._error = error
        if self._span is not None and error != "tool_error":
            self._span.tell({"rpc.response.status_code": error})

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, traceback: TracebackType | None
    ) -> None:
        current.set(None)
        error = self._error or (kind.__name__ if kind is not None else None)
        seconds = (time.perf_counter_ns() - self._started) / 1e9
        method, tool = self._known["mcp.method.name"], self._known.get("gen_ai.tool.name", "")
        measures.OPERATIONS.observe(seconds, method, tool, error or "")
        if self._span is not None:
            self._span.end(error, seconds)


current: ContextVar[Operation | None] = ContextVar("halo_operation", default=None)


def tell(outcome: str, reason: str | None) -> None:
    """See `Operation.tell`; nothing outside an operation."""
    if (operation := current.get()) is not None:
        operation.tell(outcome, reason)


def trace_id() -> str | None:
    """See `Operation.trace_id`; None outside an operation."""
    operation = current.get()
    return operation.trace_id if operation is not None else None
