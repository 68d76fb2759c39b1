"""Searching the audit log: newest first, by keyset, at a bounded cost however many rows there are.

The narrowest filter with an index leads; the others look at rows of that index, the nearest first, then hour by hour
where the tables of hours say that there can be one that fits. One page looks at a bounded number of rows: a search that
ends there says so and goes on from there, instead of reading a million rows for one that is not there.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, bindparam, cast, or_, select
from sqlalchemy.orm import aliased

from halo.audit import hours, moments, tally
from halo.audit.models import ActionExecution, Change
from halo.database import db
from halo.errors import NotFound, Reason
from halo.oauth.models import OAuthClient
from halo.workspaces.models import Person

PAGE = 50
NEAR = 1500
"""Rows of the leading index that a page looks at first; most pages are full then."""
WINDOW = 10_000
"""Rows that one page looks at further back, all of the workspace's; keeps the slowest under a tenth of a second."""
SPARSE_WINDOW = 2_500
"""The same for the rows of one grant, tool or outcome, which lie far apart on the disk."""
WINDOW_HOURS = 40
"""Hours that one page looks into."""
BATCH = 1000
"""Rows that an export reads at a time."""
FIRST_MODERN = hours.FIRST_MODERN
INDEXED = ("grant", "reason", "tool", "outcome")
"""Filters that have an index of their own, the narrowest first."""
COLUMN_OF = {
    "grant": "grant_id",
    "reason": "reason",
    "tool": "tool",
    "outcome": "outcome",
    "client": "client_id",
    "person": "person_id",
    "method": "method",
    "caller": "caller",
    "integration": "integration",
}
"""Filters that ask for one value of a column."""
_Row = ActionExecution


@dataclass(frozen=True)
class Filters:
    """What to look for; None looks for everything."""

    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    outcome: str | None = None
    reason: str | None = None
    tool: str | None = None
    client: str | None = None
    """Row id of an OAuth client."""
    grant: str | None = None
    person: str | None = None
    method: str | None = None
    caller: str | None = None
    """mcp, agent or dashboard."""
    integration: str | None = None
    era: str | None = None
    """`modern` (stateless), `legacy` (handshake), or one protocol version."""
    slower_ms: int | None = None
    """At least so many milliseconds."""
    text: str | None = None

    def given(self) -> dict[str, Any]:
        """The filters that are set, by name."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None}


@dataclass(frozen=True)
class Found:
    """One page of rows."""

    rows: list[ActionExecution]
    next: str | None
    """Id to go on before; None at the end."""
    seen_to: datetime.datetime | None
    """Where the page stopped looking before it was full; None when it was full or reached the end."""


@dataclass(frozen=True)
class Names:
    """Words for the ids that rows carry."""

    people: dict[str, str]
    clients: dict[str, str]

    def actor(self, row: ActionExecution) -> str:
        """Who acted, as a person says it."""
        person = self.people.get(row.person_id or "", "Somebody who is gone")
        client = self.clients.get(row.client_id or "")
        return f"{person} via {client}" if client else person


def page(
    workspace_id: str,
    filters: Filters,
    *,
    before: str | None = None,
    after: str | None = None,
    size: int = PAGE,
    reads_payloads: bool = False,
) -> Found:
    """The newest rows that fit, older than the row `before`, newer than the row `after` (a live tail).

    Without `reads_payloads` text looks at no arguments.
    """
    filters = with_outcome_of_reason(filters)
    head = lead(workspace_id, filters)
    if before is not None:
        head.append(_Row.id < before)
    if after is not None:
        head.append(_Row.id > after)
    rest = _Rest(filters, reads_payloads)
    if not rest.is_any:
        return _found(_newest(head, rest, size + 1), size, None)
    edge = _edge(head, NEAR)
    rows = _newest(head, rest, size + 1, NEAR)
    if edge is None or len(rows) > size:
        return _found(rows, size, None)
    return _further(workspace_id, filters, head, rest, rows, size, edge)


def _further(
    workspace_id: str,
    filters: Filters,
    head: list[ColumnElement[bool]],
    rest: _Rest,
    rows: list[ActionExecution],
    size: int,
    edge: str,
) -> Found:
    """What did not stand among the nearest rows: hour by hour, without the hours that cannot hold any of it."""
    mark = tally.mark()
    left = SPARSE_WINDOW if leader(filters) is not None else WINDOW
    if not mark or not hours.tells(filters):
        rows += _newest([*head, _Row.id < edge], rest, size + 1 - len(rows), left)
        return _found(rows, size, _edge([*head, _Row.id < edge], left))
    settled = hours.hour_of(moments.moment_of(mark))
    floor = moments.first_id(hours.begin_of(settled))
    if floor < edge:
        behind = [*head, _Row.id >= floor, _Row.id < edge]
        rows += _newest(behind, rest, size + 1 - len(rows), left)
        if len(rows) > size or (lowest := _edge(behind, left)):
            return _found(rows, size, lowest if len(rows) <= size else None)
    first = hours.hour_of(filters.since) if filters.since else 0
    last = min(settled - 1, hours.hour_of(moments.moment_of(edge)))
    found, oldest = hours.candidates(workspace_id, filters, first=first, last=last)
    near, is_all = _affordable(workspace_id, filters, found, left)
    inside = _newest_inside(head, rest, left)
    for low, high in hours.stretches(near):
        ids = db.session.scalars(inside, {"low": low, "high": min(high, edge), "size": size + 1 - len(rows)}).all()
        rows += db.session.scalars(select(_Row).where(_Row.id.in_(ids)).order_by(_Row.id.desc())) if ids else ()
        if len(rows) > size:
            return _found(rows, size, None)
    stop = near[-1] if near and not is_all else oldest
    return _found(rows, size, moments.first_id(hours.begin_of(stop)) if not is_all or oldest > first else None)


def _affordable(workspace_id: str, filters: Filters, found: list[int], left: int) -> tuple[list[int], bool]:
    """As many of these hours as one page may look into, one at least, and whether that is all of them."""
    leading = Filters(**({name: getattr(filters, name)} if (name := leader(filters)) else {}))
    sizes = hours.sizes(workspace_id, leading, found[:WINDOW_HOURS])
    near: list[int] = []
    for hour in found[:WINDOW_HOURS]:
        left -= sizes[hour]
        if near and left < 0:
            break
        near.append(hour)
    return near, len(near) == len(found)


def _found(rows: list[ActionExecution], size: int, edge: str | None) -> Found:
    if len(rows) > size:
        return Found(rows[:size], rows[size - 1].id, None)
    return Found(rows, edge, moments.moment_of(edge) if edge else None)


def every(workspace_id: str, filters: Filters, *, reads_payloads: bool) -> Iterator[list[ActionExecution]]:
    """All rows that fit, newest first, in batches; nothing stays open between two of them."""
    before: str | None = None
    while True:
        found = page(workspace_id, filters, before=before, size=BATCH, reads_payloads=reads_payloads)
        if found.rows:
            yield found.rows
        db.session.rollback()
        db.session.expunge_all()
        if found.next is None:
            return
        before = found.next


def get(workspace_id: str, execution_id: str) -> ActionExecution:
    """One row of the workspace; raises NotFound."""
    row = db.session.scalar(select(_Row).where(_Row.workspace_id == workspace_id, _Row.id == execution_id))
    if row is None:
        raise NotFound("call in the audit log")
    return row


def changes(workspace_id: str, *, before: str | None = None, size: int = PAGE) -> tuple[list[Change], str | None]:
    """Changes of configuration, newest first, and the id to go on before."""
    where = [Change.workspace_id == workspace_id]
    if before is not None:
        where.append(Change.id < before)
    rows = list(db.session.scalars(select(Change).where(*where).order_by(Change.id.desc()).limit(size + 1)))
    return rows[:size], rows[size - 1].id if len(rows) > size else None


def changes_of(workspace_id: str, kind: str, subject_id: str, size: int = 20) -> list[Change]:
    """The last changes of one thing, newest first."""
    where = (Change.workspace_id == workspace_id, Change.subject_kind == kind, Change.subject_id == subject_id)
    return list(db.session.scalars(select(Change).where(*where).order_by(Change.id.desc()).limit(size)))


def names(rows: Sequence[ActionExecution], filters: Filters = Filters()) -> Names:
    """Names of the people and clients of these rows, and of the filters that found them."""
    people = {row.person_id for row in rows} | {filters.person}
    clients = {row.client_id for row in rows} | {filters.client}
    return Names(
        _names(select(Person.id, Person.name).where(Person.id.in_(people))),
        _names(select(OAuthClient.id, OAuthClient.name).where(OAuthClient.id.in_(clients))),
    )


def _names(found: Select[str, str]) -> dict[str, str]:
    return {row[0]: row[1] for row in db.session.execute(found)}


def conditions(workspace_id: str, filters: Filters, *, reads_payloads: bool) -> list[ColumnElement[bool]]:
    """What the filters say, for counting."""
    filters = with_outcome_of_reason(filters)
    return [*lead(workspace_id, filters), *_Rest(filters, reads_payloads).on(_Row)]


def rest(row: Any, filters: Filters, reads_payloads: bool) -> list[ColumnElement[bool]]:
    """The filters behind the leading one, as conditions on a row."""
    return _Rest(filters, reads_payloads).on(row)


def is_longer(workspace_id: str, filters: Filters, rows: int) -> bool:
    """Whether the leading filter's index holds more rows than this."""
    return _edge(lead(workspace_id, filters), rows + 1) is not None


def lead(workspace_id: str, filters: Filters) -> list[ColumnElement[bool]]:
    """What the leading index answers."""
    mine = _Row.workspace_id == workspace_id
    if filters.grant is not None and db.engine.dialect.name == "sqlite":
        # SQLite keeps no statistics: shown two indexes, it reads the whole workspace backwards for one grant's rows.
        mine = _Row.workspace_id.concat("") == workspace_id
    found: list[ColumnElement[bool]] = [mine]
    if filters.since is not None:
        found.append(_Row.id >= moments.first_id(filters.since))
    if filters.until is not None:
        found.append(_Row.id < moments.first_id(filters.until))
    leading = leader(filters)
    if leading is not None:
        found.append(getattr(_Row, COLUMN_OF[leading]) == getattr(filters, leading))
    return found


class _Rest:
    """The filters behind the leading one, which look at one row after the other."""

    def __init__(self, filters: Filters, reads_payloads: bool) -> None:
        given = filters.given()
        leading = leader(filters)
        self._equal = {COLUMN_OF[name]: given[name] for name in COLUMN_OF if name in given and name != leading}
        self._filters = filters
        self._reads_payloads = reads_payloads
        self.is_any = bool(self._equal or filters.era or filters.slower_ms is not None or filters.text)

    def on(self, row: Any) -> list[ColumnElement[bool]]:
        """The conditions, on the table or on a selection from it."""
        where: list[ColumnElement[bool]] = [getattr(row, column) == value for column, value in self._equal.items()]
        if self._filters.era:
            where.append(hours.is_of_era(row.protocol_version, self._filters.era))
        if self._filters.slower_ms is not None:
            where.append(row.latency_us >= self._filters.slower_ms * 1000)
        if self._filters.text:
            where.append(_text(row, self._filters.text, self._reads_payloads))
        return where


def _newest(
    head: list[ColumnElement[bool]], rest: _Rest, size: int, window: int | None = None
) -> list[ActionExecution]:
    """The newest rows that fit, out of the `window` newest of the leading index.

    The inner selection keeps the planner on that index: shown all conditions at once, it may hope to meet a rare row
    soon on an index in the order of time, and read a million.
    """
    row: Any = _Row
    statement = select(_Row).where(*head)
    if window is not None:
        row = aliased(_Row, statement.order_by(_Row.id.desc()).limit(window).subquery("near"))
        statement = select(row).where(*rest.on(row))
    return list(db.session.scalars(statement.order_by(row.id.desc()).limit(size)))


def _newest_inside(head: list[ColumnElement[bool]], rest: _Rest, window: int) -> Select[str]:
    """The ids of the same, from the id `low` up to `high`, for many stretches in turn."""
    inside = select(_Row).where(*head, _Row.id >= bindparam("low"), _Row.id < bindparam("high"))
    row: Any = aliased(_Row, inside.order_by(_Row.id.desc()).limit(window).subquery("near"))
    return select(row.id).where(*rest.on(row)).order_by(row.id.desc()).limit(bindparam("size"))


def leader(filters: Filters) -> str | None:
    """The filter whose index leads; None where the workspace's own does."""
    return next((name for name in INDEXED if getattr(filters, name) is not None), None)


def with_outcome_of_reason(filters: Filters) -> Filters:
    """A reason of the gate is always a refusal, for which there is an index."""
    if filters.outcome is None and filters.reason in Reason.__members__ and filters.reason != "arguments_invalid":
        return replace(filters, outcome="refused")
    return filters


def _text(row: Any, wanted: str, reads_payloads: bool) -> ColumnElement[bool]:
    """Rows that contain the text. Whoever may not read payloads cannot find out by searching what is in them."""
    columns: list[Any] = [row.tool, row.client_info, row.detail, row.trace_id]
    if reads_payloads:
        columns.append(cast(row.arguments, Text))
    return or_(*(column.icontains(wanted, autoescape=True) for column in columns))


def _edge(head: list[ColumnElement[bool]], window: int) -> str | None:
    """The id of the last row that this page may look at; None where the index ends before."""
    return db.session.scalar(select(_Row.id).where(*head).order_by(_Row.id.desc()).offset(window - 1).limit(1))
