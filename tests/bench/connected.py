"""Connects MCP servers to the demo workspace as a person would have, and lets external clients call all they have.

python -m tests.bench.connected fast=http://127.0.0.1:9001/mcp slow=http://127.0.0.1:9002/mcp
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from halo import catalogue, create_app
from halo.actions.models import ActionSwitch
from halo.actions.vocabulary import EXTERNAL_CLIENTS
from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground.database import db, new_id, one_change
from halo.ledger import changes
from halo.ledger.models import ActionExecution
from halo.perform import perform
from halo.servers import lock
from halo.servers.aliases import alias
from halo.servers.models import Server, ServerTool, ToolDefinition
from halo.servers.upstreams import address_of, upstream
from tests import cast, factories

ECHO, CALLS = "fast__echo", 2000
SECONDS = 300
"""Of a call: those of the slow one take as long as the bench says."""


def main(pairs: Sequence[str]) -> None:
    with create_app().app_context():
        if list(pairs) == ["cpu"]:
            print(*(f"{cpu(call):.3f}" for call in _calls()))
            return
        if list(pairs) == ["refused"]:
            mine = select(func.count()).where(ActionExecution.tool == ECHO, ActionExecution.outcome != "ok")
            print(db.session.scalar(mine))
            return
        workspace = cast.workspace().id
        flags.turn_on(MCP_EXTERNAL_SERVERS, workspace_id=workspace, why="The bench", principal=None)
        for pair in pairs:
            slug, _, url = pair.partition("=")
            connect(slug, url, workspace)


def cpu(call: Callable[[], Any]) -> float:
    """Milliseconds of this process's CPU that one call takes, all threads counted."""
    for _ in range(50):
        call()
    began = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - began) / CALLS * 1000


def _calls() -> tuple[Callable[[], Any], Callable[[], Any]]:
    """What asks the server, and the same along the whole line, its audit row included."""
    caller = factories.a_caller("docs:read actions:*")
    (tool,) = [it for it in catalogue.of(caller.workspace).every() if it.name == ECHO]
    context, said = factories.a_context(), {"text": "hello"}
    return (
        lambda: tool.handler(tool.parse(said)[0], principal=caller),
        lambda: perform(ECHO, said, principal=caller, context=context),
    )


def connect(slug: str, url: str, workspace: str) -> None:
    """The server with all that it lists accepted, public and switched on."""
    server = Server(
        id=new_id(), workspace_id=workspace, slug=slug, name=slug, url=url, auth_method="none", is_ours=True,
        for_clients=True, call_seconds=SECONDS,
    )  # fmt: skip
    server.headers = {}
    with upstream(address_of(server)).conversation(None, seconds=30) as talk:
        found = [lock.definition(tool) for tool in talk.tools().tools]
    server.protocol_version = talk.upstream.version
    with one_change() as rows:
        rows.add(server)
        rows.flush()
        for definition in found:
            rows.add_all(_accepted(definition, server))
        changes.raise_version(workspace)


def _accepted(definition: Mapping[str, Any], server: Server) -> list[Any]:
    digest, name = lock.digest(definition), alias(server.slug, definition["name"])
    ours = {"workspace_id": server.workspace_id}
    return [
        ToolDefinition(**ours, digest=digest, definition=json.dumps(definition)),
        ServerTool(
            **ours, server_id=server.id, name=definition["name"], alias=name, accepted=digest, listed=digest,
            reach="public",
        ),
        ActionSwitch(**ours, holder=EXTERNAL_CLIENTS.key, action=name, is_on=True),
    ]  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
