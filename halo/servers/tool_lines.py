"""A server's tools as a person reviews them: what was accepted, what is listed, the difference, and whom it touches."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, select

from halo import facts
from halo.actions import holders, switched
from halo.ground.database import db, now
from halo.ground.principal import Member
from halo.ground.server_limits import SERVER_RADIUS_DAYS, SERVER_REPLAYED_CALLS
from halo.ledger import moments
from halo.ledger.models import ActionExecution
from halo.servers import differences, loading, reach, replaying, snapshot, source, suspicion
from halo.servers.differences import Difference
from halo.servers.models import Server, ServerTool
from halo.servers.replaying import Replay
from halo.servers.suspicion import Mark

Standing = Literal["accepted", "held", "kept", "removed", "unusable"]
Definition = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolLine:
    """One tool."""

    row: ServerTool
    standing: Standing
    why: str
    """Of what is held or kept: `new`, `changed` or `renamed`; else empty."""
    accepted: Definition | None
    listed: Definition | None
    differences: Sequence[Difference]
    """From what calls run on to what is listed; for a renamed tool from what it was before."""
    marks: Sequence[Mark]
    """On what is listed, until somebody has accepted it."""
    replay: Replay | None
    """Recorded calls on what is listed; None where nothing is to be compared."""
    keeps_none: bool
    """Whether the log keeps no arguments that could be tried."""
    used_by: Sequence[str]
    """Names of the agents, and of external clients, that have it on."""
    calls: int
    """In the last days (`SERVER_RADIUS_DAYS`)."""
    suggested: Mapping[str, str]
    """Parameter -> attribute of the customer that it seems to be."""
    is_destructive: bool
    is_read_only: bool
    """As its server claims."""

    @property
    def definition(self) -> Definition:
        """What calls run on, else what is listed; empty for what cannot be used."""
        return self.accepted or self.listed or {}


def lines(server: Server, *, principal: Member) -> list[ToolLine]:
    """All tools of the server, those first that somebody has to look at."""
    rows = loading.tools(server)
    digests = [digest for row in rows for digest in (row.accepted, row.listed)]
    surroundings = _Surroundings(server, rows, loading.definitions(server.workspace_id, digests), principal)
    order = ("held", "unusable", "removed", "accepted", "kept")
    return sorted((_line(row, surroundings) for row in rows), key=lambda it: (order.index(it.standing), it.row.name))


def standing_of(row: ServerTool) -> Standing:
    """In a word, how the tool stands."""
    if row.unusable:
        return "unusable"
    if row.listed is None:
        return "removed"
    if snapshot.is_held(row):
        return "held"
    return "accepted" if row.listed == row.accepted else "kept"


class _Surroundings:
    """What is asked once for all lines."""

    def __init__(
        self, server: Server, rows: Sequence[ServerTool], known: Mapping[str, Definition], principal: Member
    ) -> None:
        self.known = known
        self.before = {row.name: row.accepted for row in rows}
        self.others = snapshot.names_of_others(server.id, workspace_id=server.workspace_id)
        self.keeps_none = facts.now_of(server.workspace_id).audit_payloads == "none"
        self.calls = _calls(server)
        aliases = [row.alias for row in rows]
        self._holders = switched.holders_of(aliases, workspace_id=server.workspace_id)
        self._names = {holder.key: holder.name for holder in holders.every(principal=principal)}

    def used_by(self, row: ServerTool) -> list[str]:
        return [self._names[key] for key in self._holders.get(row.alias, ()) if key in self._names]


def _line(row: ServerTool, around: _Surroundings) -> ToolLine:
    accepted, listed = around.known.get(row.accepted or ""), around.known.get(row.listed or "")
    counts = accepted or listed or {}
    standing, base = standing_of(row), accepted
    if base is None and row.renamed_from:
        base = around.known.get(around.before.get(row.renamed_from) or "")
    is_other = listed is not None and base is not None and standing in ("held", "kept")
    return ToolLine(
        row=row,
        standing=standing,
        why=why_held(row) if standing in ("held", "kept") else "",
        accepted=accepted,
        listed=listed,
        differences=differences.between(base, listed) if is_other and base and listed else (),
        marks=suspicion.marks(listed, around.others) if listed and standing != "accepted" else (),
        replay=_replay(row, listed) if is_other and accepted and listed else None,
        keeps_none=around.keeps_none,
        used_by=around.used_by(row),
        calls=around.calls.get(row.alias, 0),
        suggested=reach.suggested(counts),
        is_destructive=source.is_destructive(row, counts),
        is_read_only=source.hints(counts).get("readOnlyHint") is True,
    )


def why_held(row: ServerTool) -> str:
    """Of a held tool: `new`, `changed` or `renamed`."""
    return "changed" if row.accepted else "renamed" if row.renamed_from else "new"


def _calls(server: Server) -> dict[str, int]:
    edge = moments.first_id(now() - datetime.timedelta(days=SERVER_RADIUS_DAYS))
    counted = (
        select(ActionExecution.tool, func.sum(ActionExecution.stands_for))
        .where(
            ActionExecution.workspace_id == server.workspace_id,
            ActionExecution.server_id == server.id,
            ActionExecution.id >= edge,
            ActionExecution.method == "tools/call",
        )
        .group_by(ActionExecution.tool)
    )
    return {tool: int(count) for tool, count in db.session.execute(counted) if tool}


def _replay(row: ServerTool, listed: Definition) -> Replay:
    """Of the last recorded calls; what Halo fills in itself is asked of nobody."""
    recorded = select(ActionExecution.arguments).where(
        ActionExecution.workspace_id == row.workspace_id,
        ActionExecution.tool == row.alias,
        ActionExecution.method == "tools/call",
        ActionExecution.outcome != "refused",
        ActionExecution.arguments.is_not(None),
    )
    newest = recorded.order_by(ActionExecution.id.desc()).limit(SERVER_REPLAYED_CALLS)
    given = [arguments for arguments in db.session.scalars(newest) if isinstance(arguments, dict)]
    return replaying.replayed(_without(listed["inputSchema"], row.locks), given)


def _without(schema: Mapping[str, Any], locked: Mapping[str, Any]) -> dict[str, Any]:
    required = [name for name in schema.get("required") or () if name not in locked]
    return {**schema, "required": required}
