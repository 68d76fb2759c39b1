"""From a request at the door to what goes over the wire: one straight line that knows no web framework.

Two servers of this line stand beside it and share all of it: the Flask view (`views.py`) for every method and address,
and the short way in (`front.py`) for what clients do all day, `POST /api/mcp`.
"""

from __future__ import annotations

import logging

from mcp_types.jsonrpc import INVALID_REQUEST

from halo.ground.wire import bodies
from halo.mcp import batch, caller, descriptor, exchange
from halo.mcp.arrival import Arrival, Reply
from halo.mcp.protocol import Problem
from halo.oauth import cors, resources

log = logging.getLogger("halo.mcp")
STREAM = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
ALWAYS = {**cors.headers(), "X-Content-Type-Options": "nosniff"}
"""On every answer, refusals too: a client in a browser that cannot read the challenge never begins to sign in."""
JSON = "application/json"
EVENTS = "text/event-stream"
NOWHERE = "No workspace can have this short name. The right address stands on the page Connect your AI."

Wire = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""


def answer(arrival: Arrival) -> Wire:
    """What goes back for a request, whatever it is; never raises."""
    try:
        return _answer(arrival)
    except exchange.FAILURES as failure:
        return _wire(exchange.failed(failure, arrival, arrival.value), arrival)
    except Exception as problem:  # noqa: BLE001 - `outage.say` logs it
        return _wire(exchange.failed(exchange.crash(problem, "the MCP door failed"), arrival), arrival)


def _answer(arrival: Arrival) -> Wire:
    if arrival.method == "OPTIONS":
        return 204, ALWAYS | cors.preflight(("GET", "POST", "DELETE")), b""
    caller.check_origin(arrival)
    if resources.is_nobodys(arrival.path):
        raise Problem(INVALID_REQUEST, NOWHERE, status=404)
    if arrival.method in ("GET", "HEAD") and descriptor.is_wanted(arrival):
        return 200, {**ALWAYS, "Content-Type": JSON}, descriptor.document(arrival)
    client = caller.admitted(arrival)
    if arrival.method != "POST":
        return 405, {**ALWAYS, "Allow": "POST"}, b""
    bodies.vouch(arrival.environ)
    value = arrival.read()
    return _wire((batch if isinstance(value, list) else exchange).answer(value, client, arrival), arrival)


def _wire(reply: Reply, arrival: Arrival) -> Wire:
    if reply.body is None:
        return 202, ALWAYS, b""
    if reply.before or (reply.status == 200 and arrival.takes_only_events()):
        events = b"".join(b"event: message\ndata: " + said + b"\n\n" for said in (*reply.before, reply.body))
        return 200, {**ALWAYS, **STREAM, **reply.headers, "Content-Type": EVENTS}, events
    return reply.status, {**ALWAYS, **reply.headers, "Content-Type": JSON}, reply.body
