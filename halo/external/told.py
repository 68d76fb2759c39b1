"""Servers and their tools as JSON: what the API answers. No credential stands in it, nor anything made of one."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from halo.ground.principal import Member
from halo.servers import reviewing, sanitising, standing, tool_lines
from halo.servers.tool_lines import ToolLine

if TYPE_CHECKING:
    from halo.servers.models import Server, ServerTool


def servers(found: Iterable[Server]) -> list[dict[str, Any]]:
    """Each with how it stands."""
    found = list(found)
    stand = standing.of_each(found)
    return [_server(each, stand[each.id]) for each in found]


def server(found: Server) -> dict[str, Any]:
    """One."""
    return _server(found, standing.now_of(found))


def with_tools(found: Server, *, principal: Member) -> dict[str, Any]:
    """One with its tools."""
    return server(found) | {"tools": tools(found, principal=principal)}


def tools(found: Server, *, principal: Member) -> list[dict[str, Any]]:
    """Its tools, those first that somebody has to look at."""
    return [_tool(line) for line in tool_lines.lines(found, principal=principal)]


def accepted(row: ServerTool) -> dict[str, Any]:
    """A tool after somebody took what its server lists of it."""
    is_gone = row.accepted is not None and row.listed is None
    return {"name": row.name, "alias": row.alias, "status": "gone" if is_gone else tool_lines.standing_of(row)} | (
        {} if is_gone else reviewing.decided(row) | {"accepted_digest": row.accepted}
    )


def _server(found: Server, stands: standing.Standing) -> dict[str, Any]:
    return {
        "slug": found.slug,
        "name": found.name,
        "url": found.url,
        "auth_method": found.auth_method,
        "headers": found.headers,
        "wishes": found.wishes,
        "call_seconds": found.call_seconds,
        "is_on": found.is_on,
        "is_ours": found.is_ours,
        "sends_assertion": found.sends_assertion,
        "for_clients": found.for_clients,
        "status": {"word": stands.word, "message": stands.sentence, "lifted_by": stands.lifted_by},
        "protocol_version": found.protocol_version,
        "server_name": found.said_name,
        "connected_at": _at(found.connected_at),
        "listed_at": _at(found.listed_at),
        "last_ok_at": _at(found.last_ok_at),
    }


def _tool(line: ToolLine) -> dict[str, Any]:
    row, shown = line.row, line.definition
    return {
        "name": row.name,
        "alias": row.alias,
        "status": line.standing,
        "why": line.why or row.unusable,
        "title": sanitising.text(shown.get("title"), 200),
        "description": sanitising.text(shown.get("description")),
        "input_schema": sanitising.shown(shown["inputSchema"]) if "inputSchema" in shown else None,
        "read_only": line.is_read_only,
        "destructive": line.is_destructive,
        "classified": row.classified,
        "reach": row.reach,
        "locks": row.locks,
        "suggested_locks": dict(line.suggested),
        "accepted_digest": row.accepted,
        "listed_digest": row.listed,
        "differences": [
            {"kind": it.kind, "where": it.where, "says": it.says, "breaks": it.breaks} for it in line.differences
        ],
        "marks": [{"where": it.where, "says": it.says, "quote": sanitising.text(it.quote)} for it in line.marks],
        "used_by": list(line.used_by),
        "calls": line.calls,
    }


def _at(moment: datetime.datetime | None) -> str | None:
    return moment.isoformat() if moment else None
