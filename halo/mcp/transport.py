"""HTTP on one side, bytes on the other: what a request brought, and the response that a reply becomes.

An answer is JSON wherever the client takes JSON, and a stream of events only where it takes nothing else, or where
messages precede the result (interop.md S-51; never a 406).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Request, Response
from mcp_types.jsonrpc import INVALID_REQUEST
from werkzeug.exceptions import RequestEntityTooLarge

from halo import limits
from halo.mcp import protocol
from halo.mcp.protocol import Problem
from halo.settings import Settings

VERSION_HEADER = "MCP-Protocol-Version"
STREAM_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


@dataclass(slots=True)
class Arrival:
    """A request at the door."""

    request: Request
    settings: Settings
    started_ns: int = field(default_factory=time.perf_counter_ns)
    value: Any = None
    """The body's JSON value, once it was read."""

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        return self.request.path

    @property
    def headers(self) -> Iterator[tuple[str, str]]:
        """Every header of the request, as names that compare in lower case."""
        return ((name.lower(), value.strip()) for name, value in self.request.headers)

    def header(self, name: str) -> str | None:
        """The value of a header. White space round it is no part of it, and not every server strips it."""
        sent: str | None = self.request.environ.get("HTTP_" + name.upper().replace("-", "_"))
        return sent.strip() if sent is not None else None

    def read(self) -> Any:
        """The body's JSON value; raises `Problem` for one that is too large, of another type, or not JSON."""
        if self.request.mimetype != "application/json":
            raise Problem(INVALID_REQUEST, "The body is JSON, with Content-Type: application/json.", status=415)
        try:
            body = self.request.get_data()
        except RequestEntityTooLarge:
            raise Problem(INVALID_REQUEST, f"The body is larger than {limits.BODY_BYTES} bytes.", status=413) from None
        self.value = protocol.decode(body)
        return self.value

    def peek(self) -> Any:
        """The same for a request that is refused anyway: None where the body cannot be read."""
        if self.value is None and self.request.method == "POST":
            with contextlib.suppress(Problem):
                self.read()
        return self.value


@dataclass(slots=True)
class Reply:
    """What goes back: one JSON-RPC message, or none for what needs no answer."""

    body: bytes | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    before: tuple[bytes, ...] = ()
    """Notifications that belong to the request and go ahead of the answer, on a stream."""


def response(reply: Reply, arrival: Arrival) -> Response:
    """The reply over HTTP."""
    if reply.body is None:
        return Response(status=202, headers=dict(reply.headers), content_type="application/json")
    if reply.before or (reply.status == 200 and takes_only_events(arrival.header("Accept"))):
        events = b"".join(b"event: message\ndata: " + said + b"\n\n" for said in (*reply.before, reply.body))
        return Response(events, reply.status, STREAM_HEADERS | dict(reply.headers), content_type="text/event-stream")
    return Response(reply.body, reply.status, dict(reply.headers), content_type="application/json")


def takes_only_events(accept: str | None) -> bool:
    """Whether the client takes server-sent events and no JSON."""
    if not accept or "text/event-stream" not in accept:
        return False
    return not any(kind in accept for kind in ("application/json", "application/*", "*/*"))
