"""Messages as an operator sees them: each is one operation of `halo.telemetry.operations`, answered or refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from halo import tool
from halo.mcp import protocol
from halo.mcp.arrival import VERSION_HEADER, Arrival, Reply
from halo.mcp.protocol import Message
from halo.principal import Client
from halo.telemetry import operations
from halo.telemetry.operations import Operation

Answer = Callable[[object, Client, Arrival], Reply]
_CARRIERS = ("traceparent", "tracestate", "baggage")
_VERSIONS = frozenset(protocol.SERVED) | protocol.LEGACY
_NOTHING = nullcontext()


def reply_to(value: object, client: Client, arrival: Arrival, answer: Answer) -> Reply:
    """The answer to one JSON value, as an operation where anybody watches."""
    if not operations.is_watched():
        return answer(value, client, arrival)
    with _operation(protocol.glimpse(value, arrival.header(VERSION_HEADER)), arrival) as operation:
        reply = answer(value, client, arrival)
        if reply.error:
            operation.fail(reply.error)
    return reply


def refused(message: Message | None, arrival: Arrival, code: int) -> AbstractContextManager[Any]:
    """A message that is refused before it is read, as an operation that fails with this code."""
    if not operations.is_watched():
        return _NOTHING
    operation = _operation(message, arrival)
    operation.fail(str(code))
    return operation


def _operation(message: Message | None, arrival: Arrival) -> Operation:
    headers = {name: value for name in _CARRIERS if (value := arrival.header(name)) is not None}
    if message is None:
        return Operation(arrival.method, headers=headers, started_ns=arrival.started_ns)
    params = message.params or {}
    meta, name = params.get("_meta"), params.get("name")
    return Operation(
        message.method,
        tool=name if message.method == "tools/call" and isinstance(name, str) and tool.find(name) else None,
        version=message.version if message.version in _VERSIONS else None,
        request_id=str(message.body["id"])[:64] if message.identity is not None else None,
        meta=meta if isinstance(meta, dict) else {},
        headers=headers,
        started_ns=arrival.started_ns,
    )
