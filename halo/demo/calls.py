"""The calls of the demo's connections: more in office hours, some slow, some refused, a few broken."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from halo.demo.world import Row, World

if TYPE_CHECKING:
    from halo.demo.world import Told

ASKED: dict[str, tuple[float, float, tuple[dict[str, Any], ...]]] = {
    "data_search_tickets": (24, 7, ({"is_open": True}, {"query": "refund"}, {"query": "export fails", "limit": 20})),
    "data_find_user": (18, 4, ({"name": "Tom Okafor"}, {"name": "Maria Lindqvist"})),
    "data_get_ticket": (14, 3, ({"ticket": "214"}, {"ticket": "97"}, {"ticket": "1180"})),
    "data_search_transcripts": (13, 22, ({"query": "onboarding kickoff"}, {"query": "cancel the plan"})),
    "data_find_company": (9, 4, ({"name": "Brightwater Logistics"}, {"name": "Ember Studios"})),
    "data_search_users": (7, 9, ({"company": "Acme Robotics"}, {"sort": "mrr", "limit": 10})),
    "search_docs": (7, 5, ({"query": "identity verification"}, {"query": "rate limits"})),
    "data_list_negative_feedback": (4, 11, ({"company": "Ember Studios"}, {})),
    "read_doc": (3, 2, ({"doc": "connecting-clients"},)),
    "setup_get_install_snippet": (1, 2, ({"framework": "react"},)),
}
"""Tool -> (how often, milliseconds, arguments)."""
REFUSED = {"scope_missing": 5, "rate_limited": 3, "toggle_off": 1}
"""Reason -> how often."""
WRONG = "arguments_invalid"


def calls_of(world: World, told: Told, grant: Row, days: int) -> list[Row]:
    """The calls of the last days, oldest first, the last of them when the connection was used last."""
    used, rows = world.ago(told.used), []
    tools, weights = list(ASKED), [share for share, _, _ in ASKED.values()]
    for number in range(int(min(days, told.since)), -1, -1):
        day = world.ago(number).replace(hour=0, minute=0, second=0, microsecond=0)
        busy = told.a_day * (0.12 if day.weekday() > 4 else world.luck.uniform(0.6, 1.4))
        for _ in range(int(busy)):
            at = day + datetime.timedelta(hours=world.luck.gauss(13, 2.8) % 24)
            if grant["created_at"] < at < used:
                rows.append(_call(world, told, grant, at, world.luck.choices(tools, weights)[0]))
    if told.used < days:
        rows.append(_call(world, told, grant, used, "data_search_tickets") | {"outcome": "ok", "reason": None})
    ended = grant["revoked_at"] or grant["paused_at"]
    rows += [_knock(world, told, grant, ended, number) for number in range(6 if ended else 0)]
    return sorted(rows, key=lambda row: str(row["id"]))


def _call(world: World, told: Told, grant: Row, at: datetime.datetime, tool: str) -> Row:
    _, milliseconds, arguments = ASKED[tool]
    outcome, reason = "ok", None
    if not any(scope.startswith(tool.partition("_")[0]) for scope in told.scopes.split()) and "doc" not in tool:
        outcome, reason = "refused", "scope_missing"
    elif world.chance(told.trouble):
        if world.chance(0.7):
            outcome, reason = "refused", world.luck.choices(list(REFUSED), list(REFUSED.values()))[0]
        else:
            outcome, reason = ("tool_error", WRONG) if world.chance(0.8) else ("failed", "internal")
    took = milliseconds * world.luck.lognormvariate(0, 0.6) if outcome != "refused" else world.luck.uniform(0.4, 1.2)
    size = 0 if outcome == "refused" else int(world.luck.lognormvariate(7.6, 0.8))
    return _row(world, told, grant, at) | {
        "tool": tool,
        "arguments": world.one_of(arguments),
        "outcome": outcome,
        "reason": reason,
        "result_size": size,
        "latency_us": int(took * 1000),
    }


def _knock(world: World, told: Told, grant: Row, ended: datetime.datetime, number: int) -> Row:
    """What the client tried after it was ended or paused."""
    at = ended + datetime.timedelta(minutes=7 + 47 * number)
    reason = "credential_revoked" if grant["revoked_at"] else "grant_paused"
    return _row(world, told, grant, min(at, world.now)) | {"outcome": "refused", "reason": reason, "latency_us": 600}


def _row(world: World, told: Told, grant: Row, at: datetime.datetime) -> Row:
    return {
        "id": world.id_at(at),
        "at": at,
        "workspace_id": world.workspace_id,
        "caller": "mcp",
        "method": "tools/call",
        "client_id": grant["client_row_id"],
        "grant_id": grant["id"],
        "person_id": grant["person_id"],
        "tool": None,
        "arguments": None,
        "outcome": "ok",
        "reason": None,
        "result_size": 0,
        "latency_us": 0,
        "protocol_version": told.version,
        "client_info": told.device,
        "request_id": str(world.luck.randint(2, 400)),
    }
