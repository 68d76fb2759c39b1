"""Reading rows of connected servers, always through the workspace: what another one has does not exist."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground import permissions
from halo.ground.database import db, insert_into, new_id, now
from halo.ground.errors import Denied, NotFound, Reason
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.ground.server_limits import SERVER_DEFINITIONS_KEPT
from halo.ledger.models import Change
from halo.servers import lock
from halo.servers.models import Server, ServerTool, ToolDefinition


def demand(permission: Permission, *, principal: Member) -> None:
    """Raise `Denied` where the person may not, or connected servers are switched off for the workspace."""
    permissions.demand(permission, principal=principal)
    if not flags.is_on(MCP_EXTERNAL_SERVERS, workspace_id=principal.workspace_id):
        raise Denied(Reason.external_servers_off)


def server(slug: str, *, workspace_id: str, locks: bool = False) -> Server:
    """The workspace's server of this slug; raises NotFound. Locked, nobody else changes it or its tools before this
    change is done."""
    wanted = select(Server).where(Server.workspace_id == workspace_id, Server.slug == slug)
    locked = wanted.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(locked if locks else wanted)
    if found is None:
        raise NotFound("server")
    return found


def by_id(server_id: str, *, workspace_id: str) -> Server:
    """The same by its id."""
    found = db.session.scalar(select(Server).where(Server.workspace_id == workspace_id, Server.id == server_id))
    if found is None:
        raise NotFound("server")
    return found


def servers(*, workspace_id: str) -> list[Server]:
    """All of the workspace, by name."""
    mine = select(Server).where(Server.workspace_id == workspace_id)
    return list(db.session.scalars(mine.order_by(func.lower(Server.name), Server.slug)))


def names(workspace_id: str, ids: Collection[str]) -> dict[str, str]:
    """Id -> name of these servers of the workspace; of all where no id is asked for."""
    mine = select(Server.id, Server.name).where(Server.workspace_id == workspace_id)
    rows = db.session.execute(mine.where(Server.id.in_(ids)) if ids else mine)
    return {key: value for key, value in rows}  # noqa: C416 - rows are no pairs to mypy


def tools(of: Server) -> list[ServerTool]:
    """The rows of a server's tools, by name."""
    return list(db.session.scalars(select(ServerTool).where(ServerTool.server_id == of.id).order_by(ServerTool.name)))


def tool(of: Server, name: str) -> ServerTool:
    """The tool that the server calls so, or models do; raises NotFound."""
    rows = tools(of)
    found = next((row for row in rows if row.name == name), None) or next(
        (row for row in rows if row.alias == name), None
    )
    if found is None:
        raise NotFound("tool")
    return found


def definitions(workspace_id: str, digests: Iterable[str | None]) -> dict[str, dict[str, Any]]:
    """The definitions of these digests that the workspace has."""
    wanted = {digest for digest in digests if digest}
    if not wanted:
        return {}
    found = db.session.execute(
        select(ToolDefinition.digest, ToolDefinition.definition).where(
            ToolDefinition.workspace_id == workspace_id, ToolDefinition.digest.in_(wanted)
        )
    )
    return {digest: json.loads(text) for digest, text in found}


def keep(found: Mapping[str, lock.Definition], *, workspace_id: str, session: Session) -> None:
    """Inside a change: these definitions are there from now on, by their digests."""
    rows = [
        {
            "id": new_id(),
            "workspace_id": workspace_id,
            "digest": digest,
            "definition": json.dumps(each),
            "seen_at": now(),
        }
        for digest, each in found.items()
    ]
    if not rows:
        return
    session.execute(insert_into(ToolDefinition).values(rows).on_conflict_do_nothing())
    mine = select(func.count()).select_from(ToolDefinition).where(ToolDefinition.workspace_id == workspace_id)
    if (session.scalar(mine) or 0) > SERVER_DEFINITIONS_KEPT:
        _forget_unused(workspace_id, found, session)


def _forget_unused(workspace_id: str, but: Collection[str], session: Session) -> None:
    """Let go what no tool has now and nobody ever accepted: a server that lists otherwise each time fills no disk."""
    of_tools = select(ServerTool.accepted, ServerTool.listed, ServerTool.kept).where(
        ServerTool.workspace_id == workspace_id
    )
    told = select(Change.before, Change.after).where(
        Change.workspace_id == workspace_id, Change.subject_kind == "server_tool"
    )
    used = {digest for row in session.execute(of_tools) for digest in row if digest} | set(but)
    used |= {facts["accepted"] for row in session.execute(told) for facts in row if facts and facts.get("accepted")}
    known = session.scalars(select(ToolDefinition.digest).where(ToolDefinition.workspace_id == workspace_id))
    unused = sorted(set(known) - used)
    for at in range(0, len(unused), 500):
        session.execute(
            delete(ToolDefinition).where(
                ToolDefinition.workspace_id == workspace_id, ToolDefinition.digest.in_(unused[at : at + 500])
            )
        )
