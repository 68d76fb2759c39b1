"""Searching the audit log: newest first, by keyset, at a bounded cost however many rows there are.

The narrowest filter with an index leads; the others look at rows of that index, the nearest first, then hour by hour
where the tables of hours say that there can be one that fits. One page looks at a bounded number of rows: a search that
ends there says so and goes on from there, instead of reading a million rows for one that is not there.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, select

from halo.audit import named_holders
from halo.audit.counting import hours
from halo.audit.filters import (
    EVERYTHING,
    Filters,
    Rest,
    lead,
    leader,
    leading,
    newest_first,
    with_outcome_of_reason,
)
from halo.ground.database import db
from halo.ground.errors import NotFound
from halo.ledger import moments, tally
from halo.ledger.models import ActionExecution
from halo.oauth.models import Grant, OAuthClient
from halo.workspaces.models import Membership, Person

PAGE = 50
NEAR = 1_000
"""Rows of the leading index that a page looks at first; most pages are full then."""
WINDOW = 4_000
"""Rows that one page looks at further back, all of the workspace's; keeps the slowest under a tenth of a second."""
SPARSE_WINDOW = 1_500
"""The same for the rows of one grant, tool or outcome, which lie far apart on the disk."""
FEW = 5
"""Connections that are looked up one by one instead of everybody's calls."""
WINDOW_HOURS = 28
"""Hours that one page looks into."""
BATCH = 1000
"""Rows that an export reads at a time."""
_Row = ActionExecution


@dataclass(frozen=True)
class Found:
    """One page of rows."""

    rows: list[ActionExecution]
    next: str | None
    """Id to go on before; None at the end."""
    seen_to: datetime.datetime | None
    """Where the page stopped looking before it was full; None when it was full or reached the end."""


@dataclass(frozen=True)
class SubjectNames:
    """Words for the ids that rows carry."""

    people: dict[str, str]
    clients: dict[str, str]
    grants: dict[str, str]
    """Only of those that a person gave a name, as access tokens."""
    agents: Mapping[str, str] = field(default_factory=dict)
    servers: Mapping[str, str] = field(default_factory=dict)

    def app(self, row: ActionExecution) -> str | None:
        """What acted: the app, or the access token by the name that its person gave it."""
        return self.grants.get(row.grant_id or "") or self.clients.get(row.client_id or "")

    def actor(self, row: ActionExecution) -> str:
        """Who acted, as a person says it."""
        person = self.people.get(row.person_id or "", "Somebody who is gone")
        if row.agent_id is not None:
            return f"{self.agent(row)}, run by {person}" if row.person_id else self.agent(row)
        app = self.app(row)
        return f"{person} via {app}" if app else person

    def agent(self, row: ActionExecution) -> str:
        """The AI agent that acted."""
        return self.agents.get(row.agent_id or "", "An AI agent")


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
    between = [_Row.id < before] if before is not None else []
    between += [_Row.id > after] if after is not None else []
    head = [*lead(workspace_id, filters), *between]
    order = newest_first(filters)
    rest = Rest(filters, reads_payloads)
    if not rest.is_any:
        return _found(_newest(head, order, rest, size + 1), size, None)
    edge = _edge(head, order, NEAR)
    rows = _newest(head, order, rest, size + 1, NEAR)
    if edge is None or len(rows) > size:
        return _found(rows, size, None)
    return _further(workspace_id, filters, between, rest, rows, size, edge)


def _further(
    workspace_id: str,
    filters: Filters,
    between: list[ColumnElement[bool]],
    rest: Rest,
    rows: list[ActionExecution],
    size: int,
    edge: str,
) -> Found:
    """What did not stand among the nearest rows: hour by hour, without the hours that cannot hold any of it."""
    head, order = [*lead(workspace_id, filters), *between], newest_first(filters)
    mark = min(tally.mark(), tally.mark(hours.mark_for(filters)))
    window = SPARSE_WINDOW if leader(filters) is not None else WINDOW
    known = bool(mark) and hours.tells(filters)
    settled = hours.hour_of(moments.moment_of(mark)) if known else 0
    floor = moments.first_id(hours.begin_of(settled)) if known else ""
    if floor < edge:
        behind = [*head, _Row.id >= floor, _Row.id < edge]
        rows += _newest(behind, order, rest, size + 1 - len(rows), window)
        lowest = _edge(behind, order, window)
        if len(rows) > size or lowest is not None or not known:
            return _found(rows, size, lowest)
    oldest_row = db.session.scalar(select(func.min(_Row.id)).where(_Row.workspace_id == workspace_id))
    kept = hours.hour_of(moments.moment_of(oldest_row)) if oldest_row else 0  # counts outlive what is removed
    first = max(kept, hours.hour_of(filters.since) if filters.since else 0)
    last = min(settled - 1, hours.hour_of(moments.moment_of(edge)))
    callers = hours.grants(workspace_id, filters, FEW)
    found, oldest = hours.candidates(workspace_id, filters, callers, first=first, last=last)
    grants = callers if leader(filters) is None else []
    sized_by = filters if grants else leading(filters)
    near = _affordable(hours.sizes(workspace_id, sized_by, found[:WINDOW_HOURS]), window)
    inside = _inside([*lead(workspace_id, filters, grants), *between], newest_first(filters, grants), rest)
    ids: list[str] = []
    for low, high in hours.stretches(near):
        ids += db.session.scalars(
            inside, {"low": low, "high": min(high, edge), "size": size + 1 - len(rows) - len(ids)}
        )
        if len(rows) + len(ids) > size:
            return _found(rows + _rows(ids), size, None)
    stop = oldest if len(near) == len(found) else near[-1]
    return _found(rows + _rows(ids), size, moments.first_id(hours.begin_of(stop)) if stop > first else None)


def _affordable(sizes: dict[int, int], window: int) -> list[int]:
    """As many of these hours as one page may look into, one at least."""
    near: list[int] = []
    for hour, calls in sizes.items():
        window -= calls
        if near and window < 0:
            break
        near.append(hour)
    return near


def _found(rows: list[ActionExecution], size: int, edge: str | None) -> Found:
    if len(rows) > size:
        return Found(rows[:size], rows[size - 1].id, None)
    return Found(rows, edge, moments.moment_of(edge) if edge else None)


def get(workspace_id: str, execution_id: str) -> ActionExecution:
    """One row of the workspace; raises NotFound."""
    row = db.session.scalar(select(_Row).where(_Row.workspace_id == workspace_id, _Row.id == execution_id))
    if row is None:
        raise NotFound("call in the audit log")
    return row


def last_call(workspace_id: str) -> datetime.datetime | None:
    """When a tool was last called, or None before the first time."""
    return db.session.scalar(
        select(ActionExecution.at).where(*lead(workspace_id, EVERYTHING)).order_by(*newest_first(EVERYTHING)).limit(1)
    )


def names(rows: Sequence[ActionExecution], filters: Filters = EVERYTHING, *, workspace_id: str = "") -> SubjectNames:
    """Names of the people and clients of these rows, and of the filters that found them.

    Anybody can write any id into a filter: it is named only where its bearer was ever something to the workspace.
    """
    people = {row.person_id for row in rows}
    clients = {row.client_id for row in rows}
    member = exists().where(Membership.workspace_id == workspace_id, Membership.person_id == Person.id)
    allowed = exists().where(Grant.workspace_id == workspace_id, Grant.person_id == Person.id)
    connected = exists().where(Grant.workspace_id == workspace_id, Grant.client_row_id == OAuthClient.id)
    is_person = Person.id.in_(people) | ((Person.id == filters.person) & (member | allowed))
    is_client = OAuthClient.id.in_(clients) | ((OAuthClient.id == filters.client) & connected)
    return SubjectNames(
        _names(select(Person.id, Person.name).where(is_person)),
        _names(select(OAuthClient.id, OAuthClient.name).where(is_client)),
        _names(select(Grant.id, Grant.name).where(Grant.id.in_({row.grant_id for row in rows}), Grant.name != "")),
        named_holders.names("agent", workspace_id, {row.agent_id for row in rows} | {filters.agent}),
        named_holders.names("server", workspace_id, {row.server_id for row in rows} | {filters.server}),
    )


def _names(found: Select[str, str]) -> dict[str, str]:
    return {row[0]: row[1] for row in db.session.execute(found)}


def is_longer(workspace_id: str, filters: Filters, rows: int) -> bool:
    """Whether the leading filter's index holds more rows than this."""
    return _edge(lead(workspace_id, filters), newest_first(filters), rows + 1) is not None


def _newest(
    head: list[ColumnElement[bool]], order: list[ColumnElement[Any]], rest: Rest, size: int, window: int | None = None
) -> list[ActionExecution]:
    """The newest rows that fit, out of the `window` newest of the leading index.

    The inner selection keeps the planner on that index: shown all conditions at once, it may hope to meet a rare row
    soon on an index in the order of time, and read a million.
    """
    if window is None:
        return list(db.session.scalars(select(_Row).where(*head).order_by(*order).limit(size)))
    columns = (_Row.id, *(getattr(_Row, name) for name in rest.columns))
    near = select(*columns).where(*head).order_by(*order).limit(window).subquery("near")
    return _rows(db.session.scalars(select(near.c.id).where(*rest.on(near.c)).order_by(near.c.id.desc()).limit(size)))


def _inside(head: list[ColumnElement[bool]], order: list[ColumnElement[Any]], rest: Rest) -> Select[str]:
    """The ids of the newest rows that fit, from the id `low` up to `high`, for many stretches in turn."""
    inside = (_Row.id >= bindparam("low"), _Row.id < bindparam("high"))
    return select(_Row.id).where(*head, *inside, *rest.on(_Row)).order_by(*order).limit(bindparam("size"))


def _rows(ids: Iterable[str]) -> list[ActionExecution]:
    """The rows with these ids, newest first."""
    wanted = list(ids)
    if not wanted:
        return []
    return list(db.session.scalars(select(_Row).where(_Row.id.in_(wanted)).order_by(_Row.id.desc())))


def _edge(head: list[ColumnElement[bool]], order: list[ColumnElement[Any]], window: int) -> str | None:
    """The id of the last row that this page may look at; None where the index ends before."""
    return db.session.scalar(select(_Row.id).where(*head).order_by(*order).offset(window - 1).limit(1))


__all__ = [
    "Filters", "Found", "SubjectNames", "get", "is_longer", "names", "page",
]  # fmt: skip
