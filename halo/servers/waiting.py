"""A workspace's servers as an Actions page shows them: by name, with the tools that wait for a person."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from halo.ground.database import db
from halo.servers.models import Server, ServerTool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tool whose listed definition nobody looked at yet."""

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
    waiting: tuple[Waiting, ...]

    @property
    def sentence(self) -> str:
        """Whose it is."""
        return "MCP server of your own." if self.is_ours else "MCP server of somebody else: its words are a stranger's."


def blocks(workspace_id: str) -> list[ServerBlock]:
    """All of the workspace, by name."""
    servers = db.session.scalars(select(Server).where(Server.workspace_id == workspace_id).order_by(Server.name))
    rows = db.session.scalars(
        select(ServerTool)
        .where(ServerTool.workspace_id == workspace_id, ServerTool.listed.is_not(None), ServerTool.unusable == "")
        .order_by(ServerTool.name)
    )
    held: dict[str, list[Waiting]] = {}
    for row in rows:
        if row.listed not in (row.accepted, row.kept):
            held.setdefault(row.server_id, []).append(Waiting(row.name, row.alias, _why(row)))
    return [ServerBlock(it.slug, it.name, it.is_ours, tuple(held.get(it.id, ()))) for it in servers]


def _why(row: ServerTool) -> str:
    return "changed" if row.accepted else "renamed" if row.renamed_from else "new"
