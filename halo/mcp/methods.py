"""What each method answers. Which of them a revision has, and the shape of their parameters, `mcp_types` knows.

A method gets a message that its revision's schema admits, and gives the bytes of its result.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from mcp_types import CLIENT_INFO_META_KEY
from mcp_types.jsonrpc import INVALID_PARAMS, METHOD_NOT_FOUND
from mcp_types.methods import validate_client_request
from pydantic import ValidationError

from halo.ground.principal import Client
from halo.ground.telemetry import operations
from halo.ground.text import names
from halo.ground.wire import revisions
from halo.mcp import listing, refusals, results, server_info
from halo.mcp.arrival import Arrival
from halo.mcp.protocol import Message, Problem
from halo.perform import Context, Refusal, perform

_NAMED = 200
"""Characters of what a client calls itself that are kept."""
_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(slots=True)
class Handled:
    """The bytes of a result, the headers that go with it, and notifications that go ahead of it."""

    result: bytes
    headers: dict[str, str] = field(default_factory=dict)
    before: tuple[bytes, ...] = ()
    error: str = ""
    """`tool_error` where the result says that the tool failed."""


@dataclass(frozen=True, slots=True)
class MethodCall:
    """A request, and what came with it."""

    message: Message
    client: Client
    arrival: Arrival


Method = Callable[[MethodCall], Handled]


def run(message: Message, client: Client, arrival: Arrival) -> Handled:
    """The outcome of a request; raises `Problem` for a method or parameters that its revision does not know."""
    method = (MODERN if message.is_modern else LEGACY).get(message.method)
    if method is None:
        said = f"There is no method {message.method[:64]!r} in this revision of the protocol."
        raise Problem(METHOD_NOT_FOUND, said, status=404, legacy_status=200)
    try:
        validate_client_request(message.method, message.version, message.params)
    except ValidationError as wrong:
        raise _invalid(wrong) from None
    return method(MethodCall(message, client, arrival))


def context_of(message: Message, arrival: Arrival) -> Context:
    """What the audit row says of the request."""
    said = (message.params or {}).get("_meta")
    meta: dict[str, Any] = said if isinstance(said, dict) else {}
    return Context(
        arrival.started_ns,
        method=message.method[:64],
        protocol_version=message.version[:16],
        client_info=_client_info(meta.get(CLIENT_INFO_META_KEY), arrival),
        request_id=message.identity.decode()[:64] if message.identity else None,
        trace_id=operations.trace_id() or _trace_of_caller(meta, arrival),
    )


def _trace_of_caller(meta: dict[str, Any], arrival: Arrival) -> str | None:
    """The trace that the caller says this belongs to, also where Halo traces nothing."""
    said = meta.get("traceparent") or arrival.header("Traceparent")
    traced = _TRACE.fullmatch(said) if isinstance(said, str) else None
    return traced.group(1) if traced else None


def initialize(asked: MethodCall) -> Handled:
    """Whatever version is asked for: the same where it is served here, else the newest that has a handshake."""
    wished = (asked.message.params or {})["protocolVersion"]
    version = wished if wished in revisions.LEGACY else revisions.NEWEST_LEGACY
    says = {
        "protocolVersion": version,
        "capabilities": server_info.CAPABILITIES,
        "serverInfo": server_info.SERVER_INFO,
        "instructions": server_info.INSTRUCTIONS,
    }
    return Handled(orjson.dumps(says))


def ping(_: MethodCall) -> Handled:
    """An empty result."""
    return Handled(b"{}")


def discover(_: MethodCall) -> Handled:
    """Versions and capabilities, the same for everybody."""
    return Handled(server_info.DISCOVERED)


def list_tools(asked: MethodCall) -> Handled:
    """A page of the client's catalogue."""
    cursor = (asked.message.params or {}).get("cursor")
    return Handled(listing.page(asked.client, is_modern=asked.message.is_modern, cursor=cursor))


def call_tool(asked: MethodCall) -> Handled:
    """Gate, run, audit (`halo.perform`); the tool's bytes go out as they are."""
    params = asked.message.params or {}
    context = context_of(asked.message, asked.arrival)
    arguments = params.get("arguments") or {}
    done = perform(params["name"], arguments, principal=asked.client, context=context, render=results.written)
    if isinstance(done, Refusal):
        return Handled(_marked(results.written(refusals.as_answer(done.denied)), asked), error="tool_error")
    error = "tool_error" if done.answer.is_error else ""
    return Handled(_marked(done.wire, asked), done.allowance.headers() if done.allowance else {}, error=error)


def _marked(result: bytes, asked: MethodCall) -> bytes:
    return b"{" + server_info.MODERN_MARKS + result[1:] if asked.message.is_modern else result


LEGACY: dict[str, Method] = {
    "initialize": initialize,
    "ping": ping,
    "tools/list": list_tools,
    "tools/call": call_tool,
}
MODERN: dict[str, Method] = {
    "server/discover": discover,
    "tools/list": list_tools,
    "tools/call": call_tool,
}


def _client_info(sent: Any, arrival: Arrival) -> str | None:
    """The client in words that are seen: what it says of itself in the message, else its User-Agent."""
    told = isinstance(sent, dict) and isinstance(sent.get("name"), str)
    named = f"{sent['name'][:_NAMED]} {str(sent.get('version', ''))[:_NAMED]}" if told else ""
    agent = (arrival.header("User-Agent") or "")[:_NAMED]
    return names.declared(named)[:_NAMED] or names.declared(agent)[:_NAMED] or None


def _invalid(wrong: ValidationError) -> Problem:
    first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "params"
    return Problem(INVALID_PARAMS, f"{where[:100]}: {first['msg']}.", legacy_status=200)
