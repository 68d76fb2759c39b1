"""A workspace's servers as an Actions page shows them: by name, how each stands, and the tools that are held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from halo.ground.database import db
from halo.servers import loading, snapshot, standing, tool_lines
from halo.servers.models import ServerTool
from halo.servers.standing import Standing


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tool of which the server lists what nobody looked at yet."""

    name: str
    """As the server calls it."""
    alias: str
    why: str
    """`new`, `changed` or `renamed`."""


@dataclass(frozen=True, slots=True)
class ServerBlock:
    """One server."""

    slug: str
    name: str
    is_ours: bool
    standing: Standing
    waiting: Sequence[Waiting]

    @property
    def sentence(self) -> str:
        """Whose it is."""
        return "MCP server of your own." if self.is_ours else "MCP server of somebody else: its words are a stranger's."


def blocks(workspace_id: str) -> list[ServerBlock]:
    """All of the workspace, by name."""
    servers = loading.servers(workspace_id=workspace_id)
    if not servers:
        return []
    held: dict[str, list[Waiting]] = {each.id: [] for each in servers}
    for row in db.session.scalars(
        select(ServerTool).where(ServerTool.workspace_id == workspace_id).order_by(ServerTool.name)
    ):
        if snapshot.is_held(row) and not row.unusable:
            held[row.server_id].append(Waiting(row.name, row.alias, tool_lines.why_held(row)))
    stands = standing.of_each(servers)
    return [ServerBlock(it.slug, it.name, it.is_ours, stands[it.id], tuple(held[it.id])) for it in servers]
