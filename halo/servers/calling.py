"""Calling a tool of a connected server: what `halo.perform` runs as its handler.

A call asks the server once, and once more only where that can do no harm: what the server calls read-only or idempotent
after a connection that broke off, and anything after a 401 where other credentials stand there now. What was learned of
the server is noted (`health`); where it is not what was accepted any more, its list is asked for anew.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from halo.ground import settings
from halo.ground.database import give_back
from halo.ground.errors import UpstreamFailed
from halo.ground.foreign import Checker
from halo.ground.outbound import Unreached
from halo.ground.principal import Caller, Customer
from halo.servers import assertion, breaker, content, credentials, health, keys, sanitising
from halo.servers.client import Address, Headers
from halo.servers.credentials import Shown
from halo.servers.exchange import Message
from halo.servers.failures import NeedsSignIn, Outdated
from halo.servers.models import Server, ServerTool
from halo.servers.upstreams import address_of, upstream
from halo.tool import Answer


@dataclass(frozen=True)
class Called:
    """What a call needs of the server and of the accepted definition; kept with the tool."""

    server_id: str
    workspace_id: str
    revision: int
    """Of the server's row: other secrets have another."""
    address: Address
    version: str
    signs_in: bool
    seconds: int
    is_ours: bool
    sends_assertion: bool
    name: str
    """As the server calls it."""
    marks: Mapping[str, Any] | None
    """The accepted schema of the parameters where it marks some to be repeated in headers, else None."""
    answers: Mapping[str, Any] | None
    """The accepted schema of the answers."""
    is_repeatable: bool
    """Whether calling it twice is as good as once."""

    @classmethod
    def of(cls, row: ServerTool, definition: Mapping[str, Any], server: Server) -> Called:
        """From the rows and the accepted definition."""
        asks, answers, claims = (definition.get(part) for part in ("inputSchema", "outputSchema", "annotations"))
        claims = claims if isinstance(claims, dict) else {}
        return cls(
            server_id=server.id,
            workspace_id=server.workspace_id,
            revision=server.revision,
            address=address_of(server),
            version=server.protocol_version,
            signs_in=server.auth_method != "none",
            seconds=server.call_seconds,
            is_ours=server.is_ours,
            sends_assertion=server.is_ours and server.sends_assertion,
            name=row.name,
            marks=asks if isinstance(asks, dict) and "x-mcp-header" in repr(asks) else None,
            answers=answers if isinstance(answers, dict) else None,
            is_repeatable=claims.get("readOnlyHint") is True or claims.get("idempotentHint") is True,
        )

    @cached_property
    def promised(self) -> Checker | None:
        """What holds answers against the accepted output schema; made at the first answer."""
        return sanitising.checker(self.answers) if self.answers is not None else None


def call(called: Called, arguments: Mapping[str, Any], *, principal: Caller) -> Answer:
    """The server's answer; raises `UpstreamFailed`."""
    try:
        result = _result(called, arguments, _stating(called, arguments, principal))
        answer = content.answer(result, called.promised, whose="customer" if called.is_ours else "stranger")
    except UpstreamFailed as problem:
        health.failed(called.server_id, problem)
        if isinstance(problem, Outdated):
            health.outdated(called.server_id)
        if isinstance(problem, NeedsSignIn) and problem.lacks:
            credentials.falls_short(called.server_id, problem.lacks)
        raise
    health.went_well(called.server_id)
    return answer


def _result(called: Called, arguments: Mapping[str, Any], stated: Headers | None) -> Message:
    """Of one call, made once more where that is right, within the seconds that it may take in all."""
    end = time.monotonic() + called.seconds
    shown = _shown(called)
    with breaker.of_server(called.server_id, called.address.url).asked(seconds=called.seconds):
        try:
            return _asked(called, arguments, stated, shown, end)
        except UpstreamFailed as problem:
            if not _is_worth_repeating(called, problem, shown):
                raise
        return _asked(called, arguments, stated, _shown(called), end)


def _asked(
    called: Called, arguments: Mapping[str, Any], stated: Headers | None, shown: Shown | None, end: float
) -> Message:
    known = upstream(called.address, version=called.version, owner=f"{called.server_id} {called.revision}")
    left = max(0.0, round(end - time.monotonic(), 1))
    with known.conversation(shown.value if shown else None, seconds=left) as talk:
        return talk.call(called.name, arguments, called.marks, stated=stated)


def _shown(called: Called) -> Shown | None:
    """What the server is shown. Nothing of the database is held while it is waited for."""
    shown = None
    if called.signs_in:
        shown = credentials.authorization(called.server_id, called.workspace_id, called.revision)
    give_back()
    return shown


def _is_worth_repeating(called: Called, problem: UpstreamFailed, shown: Shown | None) -> bool:
    if isinstance(problem, NeedsSignIn) and problem.status == 401 and shown is not None:
        return problem.left_nothing and credentials.refused(called.server_id, called.workspace_id, shown.generation)
    return isinstance(problem, Unreached) and called.is_repeatable


def _stating(called: Called, arguments: Mapping[str, Any], principal: Caller) -> Headers | None:
    """Makes the header that says of the call, and of the customer where they proved who they are, what the server can
    check; for servers of ours that want it."""
    if not called.sends_assertion:
        return None
    key, issuer = keys.signing(), settings.current().base_url
    known, customer = principal.columns(), principal.customer
    stated = assertion.Call(
        audience=called.address.url,
        workspace=called.workspace_id,
        tool=called.name,
        arguments=arguments,
        agent=known.get("agent_id"),
        conversation=known.get("conversation_id"),
        customer=customer if isinstance(customer, Customer) and customer.is_proven else None,
    )
    return lambda: {assertion.HEADER: assertion.signed(stated, key, issuer=issuer)}
