"""Counting the audit log at any size: calls over time, by tool, by connection.

What `halo.ledger.tally` has added up by the hour is read from there, what came since is counted from the log. So a
count over many calls begins on the hour in which `since` lies.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, cast, extract, func, select

from halo.audit import filters as filters_
from halo.audit import search
from halo.audit.counting import estimates, hours
from halo.audit.filters import EVERYTHING, Filters
from halo.ground.database import db, now
from halo.ledger import moments, tally
from halo.ledger.executions import OUTCOMES
from halo.ledger.models import ActionExecution, GrantHour, GrantTool

LIVE = 15_000
"""Calls that a chart counts one by one where the tables of hours do not know its filters."""
FINE = 3_000
"""The same where they do: what counting one by one adds there is steps shorter than an hour."""
BY_DAY = datetime.timedelta(days=7, hours=1)
"""Over more than this, tools are counted by the day."""
_Row = ActionExecution
_Counted = dict[int, dict[str, int]]
"""Calls by step and outcome."""


@dataclass(frozen=True)
class Bucket:
    """Calls of one step of time, by outcome."""

    at: datetime.datetime
    """Where the step begins."""
    ok: int = 0
    tool_error: int = 0
    refused: int = 0
    failed: int = 0
    """With those of which nobody knows whether they took effect."""
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
    """Calls in equal steps from `since` to `until`, zero-filled; the filters' own times do not count.

    Where there are too many to count one by one, the steps are whole hours, so that they begin and end on the hour and
    there may be fewer than asked for; and where the tables of hours do not know the filters, a bucket is an estimate
    and says so.
    """
    tally.catch_up()
    filters = replace(filters_.with_outcome_of_reason(filters), since=since, until=until)
    wanted = replace(filters, since=None, until=None)
    are_known = hours.table_for(wanted) is not None
    if not search.is_longer(workspace_id, filters, FINE if are_known else LIVE):
        step = (until - since) / buckets
        found = _live(_step(since, step), filters_.conditions(workspace_id, filters, reads_payloads=reads_payloads))
        return [_bucket(since + step * number, found.get(number, {})) for number in range(buckets)]
    if not are_known:
        steps = hours.steps_of(since, until, min(buckets, estimates.STEPS))
        guessed = estimates.over_time(workspace_id, wanted, steps, reads_payloads=reads_payloads)
        return [_bucket(hours.begin_of(at), it.calls, it.is_estimate) for at, it in zip(steps, guessed, strict=True)]
    steps = hours.steps_of(since, until, buckets)
    found = hours.consistently(lambda mark: _added_up(workspace_id, wanted, steps, mark), hours.mark_for(wanted))
    return [_bucket(hours.begin_of(hour), found.get(number, {})) for number, hour in enumerate(steps)]


def _added_up(workspace_id: str, filters: Filters, steps: range, mark: str) -> _Counted:
    """From the tables of hours up to the mark, and live behind it."""
    found = hours.counted(workspace_id, filters, steps)
    begin, end = (moments.first_id(hours.begin_of(hour)) for hour in (steps.start, steps.stop))
    behind = [*filters_.conditions(workspace_id, filters, reads_payloads=False), _Row.id >= max(begin, mark)]
    number = (hours.epoch_of_row() // hours.SECONDS - steps.start) // steps.step
    for step, outcomes in _live(number, [*behind, _Row.id < end]).items():
        for outcome, calls in outcomes.items():
            found[step][outcome] = found[step].get(outcome, 0) + calls
    return found


def _live(step: ColumnElement[int], where: Sequence[ColumnElement[bool]]) -> _Counted:
    found: _Counted = defaultdict(dict)
    for number, outcome, calls in db.session.execute(
        select(step, _Row.outcome, func.count()).where(*where).group_by(step, _Row.outcome)
    ):
        found[max(number, 0)][outcome] = found[max(number, 0)].get(outcome, 0) + calls
    return found


def _bucket(at: datetime.datetime, counted: dict[str, int], is_estimate: bool = False) -> Bucket:
    ok, tool_error, refused, failed, unknown = (counted.get(outcome, 0) for outcome in OUTCOMES)
    return Bucket(at, ok, tool_error, refused, failed + unknown, is_estimate)


def by_tool(workspace_id: str, *, since: datetime.datetime, filters: Filters = EVERYTHING) -> list[ToolCount]:
    """The tools that were called since, busiest first; of more than a week, since the beginning of the day in UTC.

    Of the filters one that the tables of tools know: a kind of caller, an agent."""
    tally.catch_up()
    is_long, first = now() - since > BY_DAY, hours.hour_of(since)
    table = hours.tools_table(filters, by_day=is_long)
    if is_long:
        first = first // hours.DAY * hours.DAY
    settled = (*hours.of_tools(workspace_id, filters, table), table.hour >= first)
    live = filters_.conditions(workspace_id, filters, reads_payloads=False)
    return _tools(table, settled, live, moments.first_id(hours.begin_of(first)), hours.mark_for(filters))


def tools_of_grant(grant_id: str, *, workspace_id: str) -> list[ToolCount]:
    """The tools that one connection ever called, busiest first."""
    tally.catch_up()
    settled = (GrantTool.workspace_id == workspace_id, GrantTool.grant_id == grant_id)
    live = filters_.conditions(workspace_id, Filters(grant=grant_id), reads_payloads=False)
    return _tools(GrantTool, settled, live, "")


def by_grant(
    workspace_id: str, grant_ids: Iterable[str], *, since: datetime.datetime, step: datetime.timedelta
) -> dict[str, GrantCount]:
    """The calls of these connections since, in equal steps to the hour; every id that was asked for has an answer."""
    tally.catch_up()
    wanted = list(grant_ids)
    size = max(1, round((now() - since) / step))

    def read(mark: str) -> dict[str, GrantCount]:
        calls: dict[str, list[int]] = {grant_id: [0] * size for grant_id in wanted}
        refused = dict.fromkeys(wanted, 0)
        for grant_id, begin, count, refusals in _by_grant_and_hour(workspace_id, wanted, since, mark):
            number = (hours.begin_of(begin) - since) // step
            calls[grant_id][min(max(number, 0), size - 1)] += count
            refused[grant_id] += refusals
        return {grant_id: GrantCount(sum(steps), refused[grant_id], steps) for grant_id, steps in calls.items()}

    return hours.consistently(read)


def _by_grant_and_hour(
    workspace_id: str, grant_ids: list[str], since: datetime.datetime, mark: str
) -> Iterable[tuple[str, int, int, int]]:
    """(grant, hour, calls, refused of them)."""
    all_calls = sum(getattr(GrantHour, outcome) for outcome in OUTCOMES)
    settled = (
        select(GrantHour.grant_id, GrantHour.hour, func.sum(all_calls), func.sum(GrantHour.refused))
        .where(
            GrantHour.workspace_id == workspace_id,
            GrantHour.grant_id.in_(grant_ids),
            GrantHour.hour >= hours.hour_of(since),
        )
        .group_by(GrantHour.grant_id, GrantHour.hour)
    )
    hour = hours.epoch_of_row() // hours.SECONDS
    refused = func.sum(case((_Row.outcome == "refused", 1), else_=0))
    live = (
        select(_Row.grant_id, hour, func.count(), refused)
        .where(
            _Row.workspace_id == workspace_id,
            _Row.grant_id.in_(grant_ids),
            _Row.id >= max(_hour_id(since), mark),
        )
        .group_by(_Row.grant_id, hour)
    )
    for statement in (settled, live):
        for grant_id, number, calls, refusals in db.session.execute(statement):
            yield str(grant_id), number, int(calls), int(refusals)


def refused_since(workspace_id: str, *, reason: str, since: datetime.datetime) -> tuple[int, datetime.datetime | None]:
    """How many calls were refused for this reason since, and when the first was."""
    where = (
        _Row.workspace_id == workspace_id,
        _Row.reason == reason,
        _Row.id >= moments.first_id(since),
    )
    refusals, first = db.session.execute(select(func.count(), func.min(_Row.id)).where(*where)).one()
    return refusals, moments.moment_of(first) if first else None


def usage_since(workspace_id: str, *, since: datetime.datetime) -> Usage:
    """How many calls of connections there were since, of how many apps and people, and when the last was."""
    tally.catch_up()
    outcomes = sum(getattr(GrantHour, outcome) for outcome in OUTCOMES)
    settled = select(GrantHour.client_id, GrantHour.person_id, func.sum(outcomes)).where(
        GrantHour.workspace_id == workspace_id, GrantHour.grant_id != "", GrantHour.hour >= hours.hour_of(since)
    )
    live = select(func.coalesce(_Row.client_id, ""), func.coalesce(_Row.person_id, ""), func.count()).where(
        _Row.workspace_id == workspace_id, _Row.grant_id.is_not(None)
    )

    def read(mark: str) -> list[tuple[str, str, int]]:
        behind = live.where(_Row.id >= max(_hour_id(since), mark)).group_by(_Row.client_id, _Row.person_id)
        rows = [*db.session.execute(settled.group_by(GrantHour.client_id, GrantHour.person_id))]
        return [(client, person, int(calls)) for client, person, calls in (*rows, *db.session.execute(behind))]

    used = hours.consistently(read)
    apps, people = ({it[place] for it in used} - {""} for place in (0, 1))
    last = select(_Row.at).where(_Row.workspace_id == workspace_id, _Row.id >= moments.first_id(since))
    last_at = db.session.scalar(last.where(_Row.grant_id.is_not(None)).order_by(_Row.id.desc()).limit(1))
    return Usage(sum(calls for _, _, calls in used), len(apps), len(people), last_at)


def _hour_id(since: datetime.datetime) -> str:
    return moments.first_id(hours.begin_of(hours.hour_of(since)))


def _tools(
    table: Any,
    settled: Sequence[ColumnElement[bool]],
    live: Sequence[ColumnElement[bool]],
    first: str,
    mark_name: str = tally.NAME,
) -> list[ToolCount]:
    """Added up, and live behind the mark of this name from the id `first` on."""
    columns = [getattr(table, name) for name in ("calls", "latency_us", *tally.COLUMNS)]
    added_up = select(table.tool, table.outcome, *(func.sum(column) for column in columns)).where(
        *settled, table.tool != ""
    )
    latency = _class_of_latency()
    counted = select(_Row.tool, _Row.outcome, latency, func.count(), func.sum(_Row.latency_us)).where(
        *live, _Row.tool.is_not(None)
    )

    def read(mark: str) -> dict[str, _Tally]:
        held: dict[str, _Tally] = defaultdict(_Tally)
        for tool, outcome, calls, total_us, *classes in db.session.execute(
            added_up.group_by(table.tool, table.outcome)
        ):
            held[tool].add(outcome, int(calls), int(total_us), dict(enumerate(map(int, classes))))
        # One bound: of two, SQLite would go by either and read every row behind the lower one.
        behind = counted.where(_Row.id >= max(first, mark)).group_by(_Row.tool, _Row.outcome, latency)
        for tool, outcome, number, calls, total_us in db.session.execute(behind):
            held[str(tool)].add(outcome, calls, int(total_us), {number: calls})
        return held

    held = hours.consistently(read, mark_name)
    return sorted((tally_.count(tool) for tool, tally_ in held.items()), key=lambda it: (-it.calls, it.tool))


class _Tally:
    """The calls of one tool, added up."""

    def __init__(self) -> None:
        self.outcomes = dict.fromkeys(OUTCOMES, 0)
        self.classes = [0] * len(tally.CLASSES)
        self.total_us = 0

    def add(self, outcome: str, calls: int, total_us: int, classes: dict[int, int]) -> None:
        self.outcomes[outcome] += calls
        if outcome != "refused":
            self.total_us += total_us
            for number, count in classes.items():
                self.classes[number] += count

    def count(self, tool: str) -> ToolCount:
        outcomes, ran = self.outcomes, sum(self.classes)
        return ToolCount(
            tool,
            sum(outcomes.values()),
            outcomes["refused"],
            outcomes["failed"] + outcomes["unknown"],
            outcomes["tool_error"],
            round(self.total_us / ran / 1000, 1) if ran else 0.0,
            round(percentile(self.classes, 0.95) / 1000, 1),
        )


def percentile(classes: list[int], share: float) -> float:
    """The latency that this share of the calls stays under, in microseconds, from calls by class."""
    wanted = sum(classes) * share
    for number, calls in enumerate(classes):
        if calls and wanted <= calls:
            begin = tally.CLASSES[number]
            end = tally.CLASSES[number + 1] if number + 1 < len(classes) else begin
            return begin + (end - begin) * wanted / calls
        wanted -= calls
    return 0.0


def _class_of_latency() -> ColumnElement[int]:
    bounds = list(enumerate(pairwise(tally.CLASSES)))
    return case(*[(_Row.latency_us < end, number) for number, (_, end) in bounds], else_=len(tally.CLASSES) - 1)


def _step(since: datetime.datetime, step: datetime.timedelta) -> ColumnElement[int]:
    """The number of the step that a row falls in."""
    if db.engine.dialect.name == "sqlite":
        epoch: Any = func.julianday(_Row.at) * 86400.0 - 210866760000.0
    else:
        epoch = extract("epoch", _Row.at)
    return cast(func.floor((epoch - since.timestamp()) / step.total_seconds()), BigInteger)
