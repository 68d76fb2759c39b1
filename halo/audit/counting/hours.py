"""Reading the tables of hours: what the filters mean there, and where in the log rows that fit can be.

Two tables add up the calls of an hour, by tool and by connection; a third those of agents and connected servers, by
tool as well (`halo.ledger.tally`). A set of filters is answered from one of them when it knows all of the filters'
columns; otherwise they still say which hours cannot hold a match.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from sqlalchemy import ColumnElement, Integer, cast, extract, func, select

from halo.audit.filters import is_of_era
from halo.ground.database import db
from halo.ledger import moments, tally
from halo.ledger.executions import OUTCOMES
from halo.ledger.models import (
    ActionExecution,
    ByGrant,
    ByTool,
    GrantDay,
    GrantHour,
    HolderDay,
    HolderHour,
    ToolDay,
    ToolHour,
)

if TYPE_CHECKING:
    from halo.audit.filters import Filters

T = TypeVar("T")
SECONDS = 3600
DAY = 24
TOOL_COLUMNS = {"tool", "outcome", "reason", "integration", "method", "caller"}
HOLDER_COLUMNS = {"agent": "agent_id", "server": "server_id"}
GRANT_COLUMNS = {"grant": "grant_id", "client": "client_id", "person": "person_id"}
DAYS = 14
"""Days with a match that a search looks into at a time."""


def hour_of(moment: datetime.datetime) -> int:
    """The number of the hour that a moment lies in."""
    return int(moment.timestamp()) // SECONDS


def begin_of(hour: int) -> datetime.datetime:
    """Where an hour begins."""
    return datetime.datetime.fromtimestamp(hour * SECONDS, datetime.UTC)


def epoch_of_row() -> ColumnElement[int]:
    """The second of a row of the log."""
    if db.engine.dialect.name == "sqlite":
        return cast(func.strftime("%s", ActionExecution.at), Integer)
    return cast(func.floor(extract("epoch", ActionExecution.at)), Integer)


def consistently(read: Callable[[str], T], name: str = tally.NAME) -> T:
    """What `read` makes of the mark, again if the mark moved meanwhile: else rows would count twice, or not at all."""
    for _ in range(5):
        mark = tally.mark(name)
        result = read(mark)
        if db.engine.dialect.name == "sqlite" or tally.mark(name) == mark:
            return result
    return result


def mark_for(filters: Filters) -> str:
    """The mark of the tables that answer these filters."""
    return tally.HOLDERS if _holder(filters) else tally.NAME


def _holder(filters: Filters) -> bool:
    return filters.agent is not None or filters.server is not None


def tools_table(filters: Filters, *, by_day: bool = False) -> type[ByTool]:
    """The table of tools that knows these filters."""
    if _holder(filters):
        return HolderDay if by_day else HolderHour
    return ToolDay if by_day else ToolHour


def table_for(filters: Filters) -> Literal["tool", "grant"] | None:
    """Which table knows all columns of these filters."""
    given = set(filters.given()) - {"since", "until"}
    if given <= TOOL_COLUMNS | set(HOLDER_COLUMNS) | {"slower_ms"} and _is_on_a_bound(filters.slower_ms):
        return "tool"
    return "grant" if given <= {*GRANT_COLUMNS, "era", "outcome"} else None


def of_tools(workspace_id: str, filters: Filters, table: type[ByTool] = ToolHour) -> list[ColumnElement[bool]]:
    """The filters that a table of tools knows, as conditions on it."""
    where = [table.workspace_id == workspace_id]
    for name, value in filters.given().items():
        if name in TOOL_COLUMNS:
            where.append(getattr(table, name) == value)
        elif name in HOLDER_COLUMNS:
            where.append(getattr(table, HOLDER_COLUMNS[name]) == value)
    return where


def of_grants(workspace_id: str, filters: Filters, table: type[ByGrant] = GrantHour) -> list[ColumnElement[bool]]:
    """The filters that a table of connections knows, as conditions on it; all but the outcome, which is a column."""
    given = filters.given()
    where = [table.workspace_id == workspace_id]
    where += [getattr(table, column) == given[name] for name, column in GRANT_COLUMNS.items() if name in given]
    if filters.era:
        where.append(is_of_era(table.protocol_version, filters.era))
    return where


def counted(workspace_id: str, filters: Filters, steps: range) -> dict[int, dict[str, int]]:
    """Calls by step and outcome, as far as they are added up; the steps are hours, or whole days of UTC."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    are_days = not steps.start % DAY and not steps.step % DAY
    if table_for(filters) == "tool":
        tools = tools_table(filters, by_day=are_days)
        number: Any = (tools.hour - steps.start) // steps.step
        calls = func.sum(calls_slower_than(filters.slower_ms, tools))
        statement = select(number, tools.outcome, calls).where(
            *of_tools(workspace_id, filters, tools), tools.hour >= steps.start, tools.hour < steps.stop
        )
        for step, outcome, total in db.session.execute(statement.group_by(number, tools.outcome)):
            found[step][outcome] = int(total)
        return found
    grants: type[ByGrant] = GrantDay if are_days else GrantHour
    number = (grants.hour - steps.start) // steps.step
    outcomes = [filters.outcome] if filters.outcome else list(OUTCOMES)
    grouped = select(number, *(func.sum(getattr(grants, outcome)) for outcome in outcomes)).where(
        *of_grants(workspace_id, filters, grants), grants.hour >= steps.start, grants.hour < steps.stop
    )
    for step, *totals in db.session.execute(grouped.group_by(number)):
        found[step] = {outcome: int(total) for outcome, total in zip(outcomes, totals, strict=True)}
    return found


def steps_of(since: datetime.datetime, until: datetime.datetime, at_most: int) -> range:
    """Equal steps of whole hours, of whole days where a step is a day or more, that hold the time from and until."""
    first, end = hour_of(since), hour_of(until - datetime.timedelta(microseconds=1)) + 1
    size = max(1, -(-(end - first) // at_most))
    if size >= DAY:
        first, end, size = first // DAY * DAY, -(-end // DAY) * DAY, -(-size // DAY) * DAY
    return range(end - -(-(end - first) // size) * size, end, size)


def calls_slower_than(slower_ms: int | None, table: type[ByTool] = ToolHour) -> Any:
    """The number of calls of a row of a table of tools that took so long; all when it is None."""
    if slower_ms is None:
        return table.calls
    ends = [*tally.CLASSES[1:], 1 << 62]
    first, *more = [
        getattr(table, column) for column, end in zip(tally.COLUMNS, ends, strict=True) if end > slower_ms * 1000
    ]
    return sum(more, first)


def tells(filters: Filters) -> bool:
    """Whether the tables know any column of these filters."""
    return bool(set(filters.given()) & {*TOOL_COLUMNS, *HOLDER_COLUMNS, *GRANT_COLUMNS, "slower_ms", "era"})


def candidates(
    workspace_id: str, filters: Filters, grants: list[str], *, first: int, last: int
) -> tuple[list[int], int]:
    """Hours from `last` back to `first` that can hold rows that fit, newest first, and the hour this looked back to.

    The tables of days say which days to look into, so that neither reads a year of hours.
    """
    days = [
        _distinct(where, column, first // DAY * DAY, last)
        for where, column in _knowing(workspace_id, filters, grants, tools_table(filters, by_day=True), GrantDay)
    ]
    down_to = max([first, *(min(found) for found in days if len(found) >= DAYS)])
    both = [day for day in set.intersection(*days) if day + DAY > down_to]
    inside = [hour for day in both for hour in range(day, day + DAY) if first <= hour <= last]
    hours = [
        set(db.session.scalars(select(column).where(*where, column.in_(inside)).distinct()))
        for where, column in _knowing(workspace_id, filters, grants, tools_table(filters), GrantHour)
    ]
    return sorted(set.intersection(*hours), reverse=True), down_to


def _knowing(
    workspace_id: str, filters: Filters, grants: list[str], tools: type[ByTool], of: type[ByGrant]
) -> Iterator[tuple[list[ColumnElement[bool]], Any]]:
    """Conditions, and the column of the time, for each table that knows any of the filters."""
    given = set(filters.given())
    if given & (TOOL_COLUMNS | set(HOLDER_COLUMNS) | {"slower_ms"}):
        where = of_tools(workspace_id, filters, tools)
        if filters.slower_ms is not None:
            where.append(calls_slower_than(filters.slower_ms, tools) > 0)
        yield where, tools.hour
    if given & {*GRANT_COLUMNS, "era"}:
        narrowed = [of.grant_id.in_(grants)] if grants else []
        yield [*of_grants(workspace_id, filters, of), *narrowed], of.hour


def grants(workspace_id: str, filters: Filters, most: int) -> list[str]:
    """The connections that called, by the filters of connections; none where there are more than so many."""
    if not set(filters.given()) & {"client", "person", "era"}:
        return []
    found = select(GrantDay.grant_id).where(*of_grants(workspace_id, filters, GrantDay))
    held = list(db.session.scalars(found.distinct().limit(most + 1)))
    return held if len(held) <= most and "" not in held else []


def sizes(workspace_id: str, filters: Filters, hours: list[int]) -> dict[int, int]:
    """How many calls each of these hours holds, by the filters that the tables know."""
    if not hours:
        return {}
    table: Any = tools_table(filters) if table_for(filters) == "tool" else GrantHour
    if table is not GrantHour:
        where, calls = of_tools(workspace_id, filters, table), calls_slower_than(filters.slower_ms, table)
    else:
        outcomes = [filters.outcome] if filters.outcome else OUTCOMES
        where, calls = of_grants(workspace_id, filters), sum(getattr(GrantHour, outcome) for outcome in outcomes)
    found = select(table.hour, func.sum(calls)).where(*where, table.hour.in_(hours)).group_by(table.hour)
    held = {hour: int(total) for hour, total in db.session.execute(found)}
    return {hour: held.get(hour, 0) for hour in hours}


def stretches(hours: Iterable[int]) -> list[tuple[str, str]]:
    """Runs of neighbouring hours as stretches of ids, from and up to, newest first."""
    runs: list[list[int]] = []
    for hour in hours:
        if runs and runs[-1][0] == hour + 1:
            runs[-1][0] = hour
        else:
            runs.append([hour, hour + 1])
    return [(moments.first_id(begin_of(begin)), moments.first_id(begin_of(end))) for begin, end in runs]


def _distinct(where: list[ColumnElement[bool]], day: Any, first: int, last: int) -> set[int]:
    found = select(day).where(*where, day >= first, day <= last)
    return set(db.session.scalars(found.distinct().order_by(day.desc()).limit(DAYS)))


def _is_on_a_bound(slower_ms: int | None) -> bool:
    return slower_ms is None or slower_ms * 1000 in tally.CLASSES
