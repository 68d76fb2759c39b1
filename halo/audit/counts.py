"""Counting the audit log: calls over time, by tool, by connection."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, cast, extract, func, select

from halo.audit import moments, search
from halo.audit.models import ActionExecution
from halo.audit.search import Filters
from halo.database import db, now

EVERYTHING = Filters()
OUTCOMES = ("ok", "tool_error", "refused", "failed")
CLASSES = (0, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000,
           10_000_000, 20_000_000, 60_000_000)  # fmt: skip
"""Where each class of latency begins, in microseconds; within a class a percentile is interpolated."""
_Row = ActionExecution


@dataclass(frozen=True)
class Bucket:
    """Calls of one step of time, by outcome."""

    at: datetime.datetime
    """Where the step begins."""
    ok: int = 0
    tool_error: int = 0
    refused: int = 0
    failed: int = 0
    is_estimate: bool = False
    """Whether the counts were reckoned from a sample."""

    @property
    def calls(self) -> int:
        return self.ok + self.tool_error + self.refused + self.failed


@dataclass(frozen=True)
class ToolCount:
    """What one tool was called for."""

    tool: str
    calls: int
    refused: int
    failed: int
    tool_errors: int
    mean_ms: float
    p95_ms: float
    """Of the calls that were not refused, like the mean."""


@dataclass(frozen=True)
class GrantCount:
    """The calls of one connection, in equal steps up to now."""

    calls: int
    refused: int
    buckets: list[int]


@dataclass(frozen=True)
class Usage:
    """Who used the workspace's tools."""

    calls: int
    apps: int
    people: int
    last_at: datetime.datetime | None


def over_time(
    workspace_id: str,
    *,
    since: datetime.datetime,
    until: datetime.datetime,
    buckets: int,
    filters: Filters = EVERYTHING,
    reads_payloads: bool = False,
) -> list[Bucket]:
    """Calls in equal steps from `since` to `until`, zero-filled; the filters' own times do not count."""
    step = (until - since) / buckets
    slot = _step(since, step)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    where = search.conditions(workspace_id, replace(filters, since=since, until=until), reads_payloads=reads_payloads)
    for number, outcome, calls in db.session.execute(
        select(slot, _Row.outcome, func.count()).where(*where).group_by(slot, _Row.outcome)
    ):
        place = min(max(number, 0), buckets - 1)
        found[place][outcome] = found[place].get(outcome, 0) + calls
    return [_bucket(since + step * number, found[number]) for number in range(buckets)]


def _bucket(at: datetime.datetime, counted: dict[str, int], *, is_estimate: bool = False) -> Bucket:
    ok, tool_error, refused, failed = (counted.get(outcome, 0) for outcome in OUTCOMES)
    return Bucket(at, ok, tool_error, refused, failed, is_estimate)


def by_tool(workspace_id: str, *, since: datetime.datetime) -> list[ToolCount]:
    """The tools that were called since, busiest first."""
    return _tools(_Row.workspace_id == workspace_id, _Row.id >= moments.first_id(since))


def tools_of_grant(grant_id: str, *, workspace_id: str) -> list[ToolCount]:
    """The tools that one connection ever called, busiest first."""
    return _tools(_Row.workspace_id == workspace_id, _Row.grant_id == grant_id)


def by_grant(
    workspace_id: str, grant_ids: Iterable[str], *, since: datetime.datetime, step: datetime.timedelta
) -> dict[str, GrantCount]:
    """The calls of these connections since, in equal steps; every id that was asked for has an answer."""
    wanted = list(grant_ids)
    size = max(1, round((now() - since) / step))
    slot = _step(since, step)
    rows = db.session.execute(
        select(_Row.grant_id, slot, _Row.outcome, func.count())
        .where(_Row.workspace_id == workspace_id, _Row.grant_id.in_(wanted), _Row.id >= moments.first_id(since))
        .group_by(_Row.grant_id, slot, _Row.outcome)
    )
    calls: dict[str, list[int]] = {grant_id: [0] * size for grant_id in wanted}
    refused: dict[str, int] = defaultdict(int)
    for grant_id, number, outcome, count in rows:
        if grant_id is None:
            continue
        calls[grant_id][min(max(number, 0), size - 1)] += count
        refused[grant_id] += count if outcome == "refused" else 0
    return {grant_id: GrantCount(sum(steps), refused[grant_id], steps) for grant_id, steps in calls.items()}


def refused_since(workspace_id: str, *, reason: str, since: datetime.datetime) -> tuple[int, datetime.datetime | None]:
    """How many calls were refused for this reason since, and when the first was."""
    found = db.session.execute(
        select(func.count(), func.min(_Row.at)).where(
            _Row.workspace_id == workspace_id,
            _Row.outcome == "refused",
            _Row.reason == reason,
            _Row.id >= moments.first_id(since),
        )
    ).one()
    return found[0], found[1]


def usage_since(workspace_id: str, *, since: datetime.datetime) -> Usage:
    """How many calls there were since, of how many apps and people, and when the last was."""
    found = db.session.execute(
        select(
            func.count(),
            func.count(_Row.client_id.distinct()),
            func.count(_Row.person_id.distinct()),
            func.max(_Row.at),
        ).where(_Row.workspace_id == workspace_id, _Row.id >= moments.first_id(since))
    ).one()
    return Usage(*found)


def _tools(*where: ColumnElement[bool]) -> list[ToolCount]:
    latency = _class_of_latency()
    rows = db.session.execute(
        select(_Row.tool, _Row.outcome, latency, func.count(), func.sum(_Row.latency_us))
        .where(*where, _Row.tool.is_not(None))
        .group_by(_Row.tool, _Row.outcome, latency)
    )
    held: dict[str, _Tally] = defaultdict(_Tally)
    for tool, outcome, latency_class, calls, total_us in rows:
        held[str(tool)].add(outcome, latency_class, calls, int(total_us))
    return sorted((tally.count(tool) for tool, tally in held.items()), key=lambda it: (-it.calls, it.tool))


class _Tally:
    """The calls of one tool, added up."""

    def __init__(self) -> None:
        self.outcomes = dict.fromkeys(OUTCOMES, 0)
        self.classes = [0] * len(CLASSES)
        self.total_us = 0

    def add(self, outcome: str, latency_class: int, calls: int, total_us: int) -> None:
        self.outcomes[outcome] += calls
        if outcome != "refused":
            self.classes[latency_class] += calls
            self.total_us += total_us

    def count(self, tool: str) -> ToolCount:
        outcomes, ran = self.outcomes, sum(self.classes)
        return ToolCount(
            tool,
            sum(outcomes.values()),
            outcomes["refused"],
            outcomes["failed"],
            outcomes["tool_error"],
            round(self.total_us / ran / 1000, 1) if ran else 0.0,
            round(percentile(self.classes, 0.95) / 1000, 1),
        )


def percentile(classes: list[int], share: float) -> float:
    """The latency that this share of the calls stays under, in microseconds, from calls by class."""
    wanted = sum(classes) * share
    for number, calls in enumerate(classes):
        if calls and wanted <= calls:
            begin = CLASSES[number]
            end = CLASSES[number + 1] if number + 1 < len(CLASSES) else begin
            return begin + (end - begin) * wanted / calls
        wanted -= calls
    return 0.0


def _class_of_latency() -> ColumnElement[int]:
    bounds = list(enumerate(pairwise(CLASSES)))
    return case(*[(_Row.latency_us < end, number) for number, (_, end) in bounds], else_=len(CLASSES) - 1)


def _step(since: datetime.datetime, step: datetime.timedelta) -> ColumnElement[int]:
    """The number of the step that a row falls in."""
    return cast((_epoch() - int(since.timestamp())) / step.total_seconds(), BigInteger)


def _epoch() -> ColumnElement[Any]:
    """A row's time in seconds."""
    if db.engine.dialect.name == "sqlite":
        return func.julianday(_Row.at) * 86400.0 - 210866760000.0
    return extract("epoch", _Row.at)
