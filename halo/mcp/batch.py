"""Batches of messages: an array in one body, in revision 2025-03-26 and in no other."""

from __future__ import annotations

from mcp_types.jsonrpc import INVALID_REQUEST

from halo import limits
from halo.mcp import exchange, protocol
from halo.mcp.arrival import VERSION_HEADER, Arrival, Reply
from halo.mcp.protocol import Problem
from halo.principal import Client


def answer(values: list[object], client: Client, arrival: Arrival) -> Reply:
    """The replies to the requests among the messages, as one array; raises `Problem` where no batch is allowed."""
    if arrival.header(VERSION_HEADER) not in (None, protocol.BATCHING):
        raise Problem(INVALID_REQUEST, "Batches ended with revision 2025-03-26; send one message at a time.")
    if not 0 < len(values) <= limits.BATCH_MESSAGES:
        raise Problem(INVALID_REQUEST, f"A batch holds 1 to {limits.BATCH_MESSAGES} messages.")
    bodies = [reply.body for value in values if (reply := _member(value, client, arrival)).body is not None]
    return Reply(b"[" + b",".join(bodies) + b"]") if bodies else Reply(None)


def _member(value: object, client: Client, arrival: Arrival) -> Reply:
    if isinstance(value, dict) and value.get("method") == "initialize":
        refused = Problem(INVALID_REQUEST, "initialize stands alone, outside any batch.")
        return exchange.failed(refused, arrival, value)
    return exchange.answer(value, client, arrival)
