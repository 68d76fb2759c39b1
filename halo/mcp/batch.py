"""Batches of messages: an array in one body, in revision 2025-03-26 and in no other.

Every call in a batch leaves its own audit row, also where the batch is refused; of one that is too long, as many as a
batch may hold, so that one request writes no more rows than that.
"""

from __future__ import annotations

from mcp_types.jsonrpc import INVALID_REQUEST

from halo.ground import limits
from halo.ground.principal import Client
from halo.mcp import exchange, protocol
from halo.mcp.arrival import VERSION_HEADER, Arrival, Reply
from halo.mcp.protocol import Problem


def answer(values: list[object], client: Client, arrival: Arrival) -> Reply:
    """The replies to the requests among the messages, as one array; raises `Problem` where no batch is allowed."""
    try:
        _check(values, arrival)
    except Problem as refused:
        told = [exchange.record_call(value, client, arrival) for value in values[: limits.BATCH_MESSAGES]]
        raise next(filter(None, told), refused) from None
    bodies = [reply.body for value in values if (reply := _member(value, client, arrival)).body is not None]
    return Reply(b"[" + b",".join(bodies) + b"]") if bodies else Reply(None)


def _check(values: list[object], arrival: Arrival) -> None:
    if arrival.header(VERSION_HEADER) not in (None, protocol.BATCHING):
        raise Problem(INVALID_REQUEST, "Batches ended with revision 2025-03-26; send one message at a time.")
    if not 0 < len(values) <= limits.BATCH_MESSAGES:
        raise Problem(INVALID_REQUEST, f"A batch holds 1 to {limits.BATCH_MESSAGES} messages.")


def _member(value: object, client: Client, arrival: Arrival) -> Reply:
    if isinstance(value, dict) and value.get("method") == "initialize":
        refused = Problem(INVALID_REQUEST, "initialize stands alone, outside any batch.")
        return exchange.failed(refused, arrival, value)
    return exchange.answer(value, client, arrival)
