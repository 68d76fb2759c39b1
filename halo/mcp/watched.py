"""Messages as an operator sees them: each is one operation of the telemetry, answered or refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from mcp_types import PROTOCOL_VERSION_META_KEY

from halo import catalogue
from halo.ground.principal import Client
from halo.ground.telemetry import operations
from halo.ground.telemetry.operations import Operation
from halo.ground.telemetry.traces import Carrier
from halo.ground.wire import revisions
from halo.mcp import protocol
from halo.mcp.arrival import VERSION_HEADER, Arrival, Reply

Answer = Callable[[object, Client, Arrival], Reply]
_VERSIONS = frozenset(revisions.SERVED) | revisions.LEGACY
_NOTHING = nullcontext()


def reply_to(value: object, client: Client, arrival: Arrival, answer: Answer) -> Reply:
    """The answer to one JSON value, as an operation where anybody watches."""
    if not operations.is_watched():
        return answer(value, client, arrival)
    with _operation(value, arrival) as operation:
        reply = answer(value, client, arrival)
        if reply.error:
            operation.fail(reply.error)
    return reply


def refused(value: object, arrival: Arrival, code: int) -> AbstractContextManager[Any]:
    """A message that is refused before it is read, as an operation that fails with this code."""
    if not operations.is_watched():
        return _NOTHING
    operation = _operation(value, arrival)
    operation.fail(str(code))
    return operation


def _operation(value: object, arrival: Arrival) -> Operation:
    """Of what can be told of the value, whatever it is; cheaper than reading it, which comes after."""
    message = value if isinstance(value, dict) else {}
    method, params = message.get("method"), message.get("params")
    params = params if isinstance(params, dict) else {}
    name, identity, meta = params.get("name"), message.get("id"), params.get("_meta")
    meta = meta if isinstance(meta, dict) else {}
    version = revisions.NEWEST_MODERN if PROTOCOL_VERSION_META_KEY in meta else arrival.header(VERSION_HEADER)
    if version is None and method != "initialize":
        version = protocol.BATCHING
    return Operation(
        method if isinstance(method, str) and method else arrival.method,
        tool=name if method == "tools/call" and isinstance(name, str) and catalogue.declared().find(name) else "",
        version=version if version in _VERSIONS else "",
        request_id=str(identity)[:64] if isinstance(identity, (str, int)) else None,
        carrier=_carrier(meta, arrival),
        started_ns=arrival.started_ns,
    )


def _carrier(meta: dict[str, Any], arrival: Arrival) -> Carrier | None:
    """What names a trace, which most messages do not."""
    fields = operations.fields()
    sent = {name: value for name in fields if isinstance(value := meta.get(name), str)} if meta else {}
    headers = {name: value for name in fields if (value := arrival.header(name)) is not None}
    return Carrier(sent, headers) if sent or headers else None
