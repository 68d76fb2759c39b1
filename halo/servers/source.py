"""The tools that a workspace has from its connected servers: accepted definitions, as the line knows tools.

Two registrations (`halo.wiring`): `integrations` tells the workspace's facts how each server stands, `tools` gives its
catalogue. A tool is here when a definition of it was accepted; what is held, quarantined or gone from the server is
told by the pages. Whether it may be called is the gate's to say.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import bindparam, select

from halo.facts import FactsPart
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground.database import db, outage
from halo.ground.database.quick import Prepared
from halo.ground.errors import Mistake
from halo.ground.per_app import PerApp
from halo.ground.permissions import Permission
from halo.ground.principal import Caller, IntegrationState, WorkspaceFacts
from halo.servers import calling, reach, sanitising
from halo.servers.failures import Removed
from halo.servers.models import Server, ServerCredential, ServerTool, ToolDefinition
from halo.servers.reach import Reach
from halo.tool import Answer, Bound, Tool, of_schema

log = logging.getLogger("halo.servers")
BELIEVED_SECONDS = 60
_BOUND: Mapping[Reach, Bound] = {Reach.public: "same", Reach.customers: "locked", Reach.unsorted: "unsorted"}
_FOR_CLIENTS = Prepared(select(Server.id).where(Server.for_clients).limit(1))
_STANDING = Prepared(
    select(Server.slug, Server.name, Server.id, Server.revision, Server.is_on, Server.auth_method,
           ServerCredential.dead_at, ServerCredential.generation)
    .outerjoin(ServerCredential, ServerCredential.server_id == Server.id)
    .where(Server.workspace_id == bindparam("workspace_id"))
    .order_by(Server.slug)
)  # fmt: skip


class _Offered:
    """Whether any server of this Halo is offered to external clients, and until when that is believed."""

    is_any = False
    until = 0.0


_offered: PerApp[_Offered] = PerApp(_Offered)


def any_for_clients() -> bool:
    """Whether any server of this Halo is offered to external clients, as this process saw it within a minute: strangers
    make it ask, also while the database is away."""
    held = _offered.get()
    if time.monotonic() >= held.until:
        held.until = time.monotonic() + BELIEVED_SECONDS
        try:
            held.is_any = _FOR_CLIENTS.first() is not None
        except Exception as problem:  # noqa: BLE001 - `outage.say` logs it
            outage.say(log, "whether a server is offered to clients is not known", problem)
    return held.is_any


def integrations(workspace_id: str) -> FactsPart:
    """How each server of the workspace stands, and what its tools depend on: one that was connected anew under the same
    slug is another."""
    rows = _STANDING.rows(workspace_id=workspace_id)
    states = {slug: _state(*standing) for slug, _, _, _, *standing in rows}
    depends = ",".join(f"{server_id}:{revision}" for _, _, server_id, revision, *_ in rows)
    return FactsPart(states, depends, names={slug: name for slug, name, *_ in rows})


def _state(is_on: bool, auth_method: str, dead_at: object, generation: int | None) -> IntegrationState:
    if not is_on:
        return "actions_off"
    lacks = auth_method != "none" and generation is None
    return "sign_in_needed" if lacks or dead_at is not None else "connected"


def tools(workspace: WorkspaceFacts) -> Iterator[Tool]:
    """The accepted tools of the workspace's servers."""
    if not workspace.integrations:
        return
    rows = db.session.execute(
        select(ServerTool, ToolDefinition.definition, Server)
        .join(Server, Server.id == ServerTool.server_id)
        .join(
            ToolDefinition,
            (ToolDefinition.workspace_id == ServerTool.workspace_id) & (ToolDefinition.digest == ServerTool.accepted),
        )
        .where(ServerTool.workspace_id == workspace.id)
        .order_by(ServerTool.alias)
    )
    for row, definition, server in rows:
        try:
            yield made(row, json.loads(definition), server)
        except (Mistake, ValueError) as problem:
            log.warning("a tool of a server cannot be offered: %s", type(problem).__name__)


def made(row: ServerTool, definition: Mapping[str, Any], server: Server) -> Tool:
    """One accepted tool; raises `Mistake` for a schema that cannot be used."""
    claims = hints(definition)
    destructive = is_destructive(row, definition)
    answers = definition.get("outputSchema")
    bound = _BOUND[Reach[row.reach]]
    if bound == "locked" and not reach.holds(row.locks, definition):
        bound = "unsorted"
    called = calling.Called.of(row, definition, server)
    return of_schema(
        name=row.alias,
        title=sanitising.text(definition.get("title") or claims.get("title") or row.name, 100),
        description=sanitising.text(definition.get("description") or ""),
        asks=sanitising.shown(definition["inputSchema"]),
        answers=sanitising.shown(answers) if isinstance(answers, dict) else None,
        scope=f"actions:{server.slug}:{row.name}",
        permission=Permission.INTEGRATIONS_VIEW,
        handler=_removed if row.listed is None and not row.unusable else partial(calling.call, called),
        read_only=claims.get("readOnlyHint") is True and not destructive,
        destructive=destructive,
        idempotent=claims.get("idempotentHint") is True,
        open_world=not server.is_ours,
        bound=bound,
        customer=row.locks if bound == "locked" else {},
        integration=server.slug,
        action=row.name,
        server_id=server.id,
        flag=MCP_EXTERNAL_SERVERS,
        for_clients=server.for_clients,
        starts_off=True,
    )


def _removed(_arguments: Mapping[str, Any], *, principal: Caller) -> Answer:  # noqa: ARG001 - as every handler takes it
    raise Removed


def hints(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a server claims of a tool (MCP, ToolAnnotations); claims, no facts."""
    said = definition.get("annotations")
    return said if isinstance(said, dict) else {}


def is_destructive(row: ServerTool, definition: Mapping[str, Any]) -> bool:
    """As a person classified it; else it is, unless the server claims that it reads only or destroys nothing."""
    if row.classified:
        return row.classified == "destructive"
    claims = hints(definition)
    return not (claims.get("readOnlyHint") is True or claims.get("destructiveHint") is False)
