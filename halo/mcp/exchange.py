"""One message in, one reply out; whatever goes wrong on the way becomes a JSON-RPC error with the right status."""

from __future__ import annotations

import logging

from mcp_types.jsonrpc import INTERNAL_ERROR, INVALID_REQUEST

from halo import catalogue, perform
from halo.ground.database import outage
from halo.ground.errors import Busy, Denied, HaloError
from halo.ground.principal import Client
from halo.mcp import ladder, methods, protocol, refusals, watched
from halo.mcp.arrival import VERSION_HEADER, Arrival, Reply
from halo.mcp.protocol import Message, Problem
from halo.perform import UNEXPECTED

log = logging.getLogger("halo.mcp")
UNAVAILABLE = 50301
"""Something that Halo stands on is away, or busy; `Retry-After` says when to come back."""
FAILURES = (Problem, HaloError)
"""What this door knows how to say."""


def answer(value: object, client: Client, arrival: Arrival) -> Reply:
    """The reply to one JSON value; never raises."""
    return watched.reply_to(value, client, arrival, _answer)


def _answer(value: object, client: Client, arrival: Arrival) -> Reply:
    message: Message | None = None
    try:
        message = protocol.read(value, arrival.header(VERSION_HEADER))
        if message.identity is None:
            reply = _taken(message, arrival)
            record_call(value, client, arrival)
            return reply
        if message.is_modern:
            ladder.check(message, arrival, catalogue.of(client.workspace))
        outcome = methods.run(message, client, arrival)
        body = protocol.result(message.identity, outcome.result)
        return Reply(body, 200, outcome.headers, outcome.before, outcome.error)
    except FAILURES as failure:
        limited = record_call(value, client, arrival) if isinstance(failure, Problem) else None
        is_legacy = message is not None and not message.is_modern
        return failed(limited or failure, arrival, value, client=client, is_legacy=is_legacy)
    except Exception as problem:  # noqa: BLE001 - `outage.say` logs it
        return failed(crash(problem, "a message could not be answered"), arrival, value)


def crash(problem: Exception, what: str) -> Problem | HaloError:
    """What a fault that nobody foresaw is called at this door, and the line of the log that it leaves."""
    outage.say(log, what, problem)
    return outage.seen_in(problem) or Problem(INTERNAL_ERROR, UNEXPECTED, status=500)


def failed(
    failure: Problem | HaloError,
    arrival: Arrival,
    value: object = None,
    *,
    client: Client | None = None,
    is_legacy: bool = False,
) -> Reply:
    """The error that tells of the failure, under the id of the message where it has one."""
    problem = failure if isinstance(failure, Problem) else _problem(failure, arrival, client)
    status = problem.legacy_status if is_legacy else problem.status
    body = protocol.error(protocol.identity_of(value), problem)
    return Reply(body, status, problem.headers, error=str(problem.code))


def record_call(value: object, client: Client, arrival: Arrival) -> Denied | None:
    """The audit row of a call that is so malformed that the gate was not asked; nothing for any other value.

    It counts like any call; the limit's own refusal where the client is past it.
    """
    message = protocol.glimpse(value, arrival.header(VERSION_HEADER))
    if message is None or message.method != "tools/call":
        return None
    name = (message.params or {}).get("name")
    context = methods.context_of(message, arrival)
    return perform.record_malformed(client, context, name[:128] if isinstance(name, str) else None)


def _taken(message: Message, arrival: Arrival) -> Reply:
    """Notifications and responses are taken and dropped: there is no earlier request that they could be about.

    A posted cancellation is no exception, or one caller could end another's work by guessing its id.
    """
    if message.is_modern:
        if not message.method:
            raise Problem(INVALID_REQUEST, "This server asks nothing, so there is nothing to respond to.")
        ladder.check_notification(arrival.header(VERSION_HEADER))
    return Reply(None)


def _problem(failure: HaloError, arrival: Arrival, client: Client | None) -> Problem:
    if isinstance(failure, Denied):
        return refusals.problem(
            failure, settings=arrival.settings, path=arrival.path, query=arrival.query, client=client
        )
    if isinstance(failure, Busy):
        headers = {"Retry-After": str(failure.retry_after)}
        return Problem(UNAVAILABLE, failure.message, status=503, data={"reason": failure.word}, headers=headers)
    return Problem(INTERNAL_ERROR, failure.message, status=200)
