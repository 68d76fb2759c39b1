"""A workspace at a glance: calls over a span of time, the tools that stand out, connected apps, the first call."""

from __future__ import annotations

import datetime
import zoneinfo
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from halo.apps import connections, summaries
from halo.apps.summaries import App
from halo.audit import of_grants, search
from halo.audit.counting import counts
from halo.audit.counting.counts import Bucket, ToolCount
from halo.audit.search import Filters
from halo.flags import service as flags
from halo.flags.service import Held
from halo.flags.vocabulary import MCP_SERVER
from halo.ground.database import now
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.ledger.executions import OUTCOMES
from halo.oauth.grants import label
from halo.workspaces.accounts import people

if TYPE_CHECKING:
    from halo.ledger.models import ActionExecution
    from halo.oauth.models import Grant

APPS = 5
TOOLS = 4
"""Lines of each list on Home."""
FRESH = datetime.timedelta(minutes=10)
"""How long Home goes on to celebrate a first call."""
LOOKED_AT = 100
"""The rows of a young workspace, among which the first call is looked for."""
TONES = {"ok": "ok", "tool_error": "neutral", "refused": "warning", "failed": "danger"}
"""Outcomes as the chart draws them, from the ground up."""


@dataclass(frozen=True)
class TimeSpan:
    """A choice of how far Home looks back."""

    days: int
    words: str
    step: datetime.timedelta

    @property
    def steps(self) -> int:
        return int(datetime.timedelta(days=self.days) / self.step)


SPANS = {
    span.days: span
    for span in (
        TimeSpan(1, "24 hours", datetime.timedelta(hours=1)),
        TimeSpan(7, "7 days", datetime.timedelta(hours=4)),
        TimeSpan(30, "30 days", datetime.timedelta(days=1)),
    )
}


@dataclass(frozen=True)
class Glance:
    """What happened in a span, counted."""

    span: TimeSpan
    starts: datetime.datetime
    buckets: list[Bucket]
    tools: list[ToolCount]

    def total(self, outcome: str) -> int:
        return sum(getattr(bucket, outcome) for bucket in self.buckets)

    @property
    def calls(self) -> int:
        return sum(bucket.calls for bucket in self.buckets)

    @property
    def errors(self) -> int:
        return self.total("failed") + self.total("tool_error")

    @property
    def series(self) -> list[dict[str, Any]]:
        """For `chart` of macros/charts.html."""
        return [
            {"label": OUTCOMES[outcome], "tone": tone, "values": [getattr(bucket, outcome) for bucket in self.buckets]}
            for outcome, tone in TONES.items()
        ]

    @property
    def slowest(self) -> list[ToolCount]:
        """The tools that let callers wait longest: 95 of 100 calls are faster than their p95."""
        ran = [tool for tool in self.tools if tool.calls > tool.refused]
        return sorted(ran, key=lambda tool: -tool.p95_ms)[:TOOLS]

    @property
    def most_refused(self) -> list[ToolCount]:
        refused = [tool for tool in self.tools if tool.refused]
        return sorted(refused, key=lambda tool: -tool.refused)[:TOOLS]


@dataclass(frozen=True)
class Start:
    """How far a young workspace, or a person without a view of all calls, has come with the first call."""

    connected: bool
    call: ActionExecution | None
    """The first call of a tool."""
    app: str
    """Which app made it, by the name that its person knows."""
    is_over: bool
    """Whether so much happened here that nobody needs to be told how to begin."""

    @property
    def is_shown(self) -> bool:
        return not self.is_over and (self.call is None or now() - self.call.at < FRESH)


def drawn(workspace_id: str, days: int, time_zone: str) -> Glance:
    """The workspace in the last 1, 7 or 30 days; steps begin on the clock, the current one is not over yet."""
    span = SPANS.get(days, SPANS[1])
    until = _end_of_step(span.step, time_zone)
    starts = until - span.step * span.steps
    buckets = counts.over_time(workspace_id, since=starts, until=until, buckets=span.steps)
    return Glance(span, starts, buckets, counts.by_tool(workspace_id, since=starts))


def _end_of_step(step: datetime.timedelta, time_zone: str) -> datetime.datetime:
    """When the step that holds now ends: on the full hour, or at midnight where the workspace is."""
    local = now().astimezone(zoneinfo.ZoneInfo(time_zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + step * ((local - midnight) // step + 1)).astimezone(datetime.UTC)


def apps(*, principal: Member) -> list[App]:
    """The connections used last: of everybody for who manages apps, else the person's own."""
    held = connections.of_workspace(principal=principal, everyone=principal.may(Permission.APPS_MANAGE))
    return summaries.apps(sorted(held, key=_last_used, reverse=True)[:APPS])


def _last_used(grant: Grant) -> datetime.datetime:
    return grant.last_used_at or grant.created_at


def start(*, principal: Member) -> Start:
    """The way to the first call: of the workspace, or the person's own where they may not see every call."""
    sees_all = principal.may(Permission.AUDIT_VIEW)
    held = connections.of_workspace(principal=principal, everyone=sees_all and principal.may(Permission.APPS_MANAGE))
    if sees_all:
        found = search.page(principal.workspace_id, Filters(), size=LOOKED_AT)
        rows, is_over = found.rows, found.next is not None
    else:
        rows = list(of_grants.last_calls(grant.id for grant in held).values())
        is_over = _called_before(rows)
    called = [row for row in rows if row.tool is not None and row.grant_id is not None]
    first = min(called, key=lambda row: row.id, default=None)
    app = next((label(grant) for grant in held if first is not None and grant.id == first.grant_id), "An app")
    return Start(bool(held or called), first, app, is_over)


def _called_before(last: list[ActionExecution]) -> bool:
    """Whether an app called tools before its last request, which named none: a paused app that asks for the list."""
    return any(
        bool(counts.tools_of_grant(row.grant_id, workspace_id=row.workspace_id))
        for row in last
        if row.tool is None and row.grant_id is not None
    )


def switched_off(workspace_id: str) -> Held | None:
    """The flag of the MCP server with the decision behind it, when it is off."""
    held = {it.state.flag.name: it for it in flags.held_in(workspace_id, named=people.names_of)}[MCP_SERVER]
    return None if held.state.is_on else held
