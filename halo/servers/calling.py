"""Calling a tool of a connected server: what `halo.perform` runs as its handler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from halo.ground import outbound, settings
from halo.ground.foreign import Checker
from halo.ground.principal import Principal
from halo.servers import content, sanitising
from halo.servers.client import Address
from halo.servers.models import Server, ServerTool
from halo.servers.upstreams import upstream
from halo.tool import Answer


@dataclass(frozen=True, slots=True)
class Called:
    """What a call needs of the server and of the accepted definition; kept with the tool."""

    server_id: str
    workspace_id: str
    address: Address
    version: str
    auth_method: str
    seconds: int
    is_ours: bool
    sends_assertion: bool
    tool_id: str
    name: str
    """As the server calls it."""
    schema: Mapping[str, Any]
    """Of the parameters, as accepted."""
    promised: Checker | None
    """What holds answers against the accepted output schema."""
    is_repeatable: bool
    """Whether calling it twice is as good as once."""

    @classmethod
    def of(cls, row: ServerTool, definition: Mapping[str, Any], server: Server) -> Called:
        answers = definition.get("outputSchema")
        claims = definition.get("annotations") or {}
        return cls(
            server_id=server.id,
            workspace_id=server.workspace_id,
            address=address_of(server),
            version=server.protocol_version,
            auth_method=server.auth_method,
            seconds=server.call_seconds,
            is_ours=server.is_ours,
            sends_assertion=server.is_ours and server.sends_assertion,
            tool_id=row.id,
            name=row.name,
            schema=definition["inputSchema"],
            promised=sanitising.checker(answers) if isinstance(answers, dict) else None,
            is_repeatable=claims.get("readOnlyHint") is True or claims.get("idempotentHint") is True,
        )


def address_of(server: Server) -> Address:
    """Where a server stands, and how it may be reached."""
    headers = tuple(sorted((str(name), str(value)) for name, value in server.headers.items()))
    return Address(server.url, outbound.servers(settings.current()), headers)


def call(called: Called, arguments: Mapping[str, Any], *, principal: Principal) -> Answer:  # noqa: ARG001 - whose statement goes with it
    """The server's answer; raises `UpstreamFailed`."""
    with upstream(called.address, version=called.version).conversation(None, seconds=called.seconds) as talk:
        return content.answer(talk.call(called.name, arguments, called.schema), called.promised)
