"""The list of connected servers: each with what a person wants to know before looking closer."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from halo import facts
from halo.audit import named_holders
from halo.audit.counting import counts
from halo.audit.counting.counts import ToolCount
from halo.ground.database import now
from halo.ground.modes import EXTERNAL, Mode
from halo.servers import loading, standing, tool_lines
from halo.servers.reach import Reach
from halo.servers.standing import Standing

DAYS = 7
METHODS = {"none": "No sign-in", "bearer": "Token", "oauth2": "OAuth"}


@dataclass(frozen=True, slots=True)
class ServerGlance:
    """One server in the list."""

    server: Any
    stands: Standing
    host: str
    accepted: int
    held: int
    unsorted: int
    """Accepted tools of which nobody said whose data they reach."""
    agents: Sequence[str]
    """Names of the agents that have a tool of it on."""
    calls: int
    wrong: int
    """Of those, that failed or ended in an error."""

    @property
    def wrong_share(self) -> float | None:
        """In percent; None where there was no call."""
        return 100 * self.wrong / self.calls if self.calls else None


def every(workspace_id: str) -> list[ServerGlance]:
    """All servers of the workspace, by name."""
    found = loading.servers(workspace_id=workspace_id)
    if not found:
        return []
    stands = standing.of_each(found)
    since = now() - datetime.timedelta(days=DAYS)
    used = {count.tool: count for count in counts.by_tool(workspace_id, since=since)}
    modes = facts.now_of(workspace_id).modes
    names = named_holders.every("agent", workspace_id)
    return [_glance(each, stands[each.id], used, modes, names) for each in found]


def _glance(
    server: Any,
    stands: Standing,
    used: Mapping[str, ToolCount],
    modes: Mapping[str, Mapping[str, Mode]],
    names: Mapping[str, str],
) -> ServerGlance:
    rows = loading.tools(server)
    aliases = {row.alias for row in rows}
    counted = [used[alias] for alias in aliases if alias in used]
    holders = [
        holder
        for holder, decided in modes.items()
        if holder != EXTERNAL and any(mode is not Mode.NEVER for alias, mode in decided.items() if alias in aliases)
    ]
    return ServerGlance(
        server=server,
        stands=stands,
        host=urlsplit(server.url).netloc,
        accepted=sum(row.accepted is not None for row in rows),
        unsorted=sum(row.accepted is not None and row.reach == Reach.unsorted.name for row in rows),
        held=sum(tool_lines.standing_of(row) == "held" for row in rows),
        agents=sorted(names[holder] for holder in holders if holder in names),
        calls=sum(each.calls for each in counted),
        wrong=sum(each.failed + each.tool_errors for each in counted),
    )
