"""Searching the audit log: newest first, by keyset, at a bounded cost however many rows there are.

The narrowest filter with an index leads; the others look at a bounded number of rows of that index for one page. A
search that ends there says so and goes on from there, instead of reading a million rows for one that is not there.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, or_, select

from halo.audit import moments
from halo.audit.models import ActionExecution, Change
from halo.database import db
from halo.errors import NotFound, Reason
from halo.oauth.models import OAuthClient
from halo.workspaces.models import Person

PAGE = 50
WINDOW = 12_000
"""Rows that one page looks at, all of the workspace's; keeps the slowest search under a tenth of a second."""
SPARSE_WINDOW = 2_500
"""The same for the rows of one grant, tool or outcome, which lie far apart on the disk."""
BATCH = 1000
"""Rows that an export reads at a time."""
FIRST_MODERN = "2026-07-28"
"""The first protocol version without a handshake."""
INDEXED = ("grant", "tool", "outcome")
"""Filters that have an index of their own, the narrowest first."""
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
    filters = _with_outcome_of_reason(filters)
    lead, rest = _conditions(workspace_id, filters, reads_payloads)
    is_sparse = _leader(filters) is not None
    if before is not None:
        lead.append(_Row.id < before)
    if after is not None:
        lead.append(_Row.id > after)
    edge = _edge(lead, SPARSE_WINDOW if is_sparse else WINDOW) if rest else None
    where = [*lead, *rest, *([_Row.id >= edge] if edge else [])]
    rows = list(db.session.scalars(select(_Row).where(*where).order_by(_Row.id.desc()).limit(size + 1)))
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
    lead, rest = _conditions(workspace_id, _with_outcome_of_reason(filters), reads_payloads)
    return [*lead, *rest]


def _conditions(
    workspace_id: str, filters: Filters, reads_payloads: bool
) -> tuple[list[ColumnElement[bool]], list[ColumnElement[bool]]]:
    """What the leading index answers, and what is left to look at row by row."""
    mine = _Row.workspace_id == workspace_id
    if filters.grant is not None and db.engine.dialect.name == "sqlite":
        # SQLite keeps no statistics: shown two indexes, it reads the whole workspace backwards for one grant's rows.
        mine = _Row.workspace_id.concat("") == workspace_id
    lead: list[ColumnElement[bool]] = [mine]
    if filters.since is not None:
        lead.append(_Row.id >= moments.first_id(filters.since))
    if filters.until is not None:
        lead.append(_Row.id < moments.first_id(filters.until))
    rest: list[ColumnElement[bool]] = []
    columns = {
        "grant": _Row.grant_id,
        "tool": _Row.tool,
        "outcome": _Row.outcome,
        "reason": _Row.reason,
        "client": _Row.client_id,
        "person": _Row.person_id,
        "method": _Row.method,
        "caller": _Row.caller,
        "integration": _Row.integration,
    }
    leader = _leader(filters)
    for name, column in columns.items():
        value = getattr(filters, name)
        if value is not None:
            (lead if name == leader else rest).append(column == value)
    if filters.era:
        rest.append(_era(filters.era))
    if filters.slower_ms is not None:
        rest.append(_Row.latency_us >= filters.slower_ms * 1000)
    if filters.text:
        rest.append(_text(filters.text, reads_payloads))
    return lead, rest


def _leader(filters: Filters) -> str | None:
    """The filter whose index leads; None where the workspace's own does."""
    return next((name for name in INDEXED if getattr(filters, name) is not None), None)


def _with_outcome_of_reason(filters: Filters) -> Filters:
    """A reason of the gate is always a refusal, for which there is an index."""
    if filters.outcome is None and filters.reason in Reason.__members__ and filters.reason != "arguments_invalid":
        return replace(filters, outcome="refused")
    return filters


def _era(era: str) -> ColumnElement[bool]:
    """Protocol versions are dates, so an era is a stretch of them."""
    if era == "modern":
        return _Row.protocol_version >= FIRST_MODERN
    if era == "legacy":
        return _Row.protocol_version < FIRST_MODERN
    return _Row.protocol_version == era


def _text(wanted: str, reads_payloads: bool) -> ColumnElement[bool]:
    """Rows that contain the text. Whoever may not read payloads cannot find out by searching what is in them."""
    columns: list[Any] = [_Row.tool, _Row.client_info, _Row.detail, _Row.trace_id]
    if reads_payloads:
        columns.append(cast(_Row.arguments, Text))
    return or_(*(column.icontains(wanted, autoescape=True) for column in columns))


def _edge(lead: list[ColumnElement[bool]], window: int) -> str | None:
    """The id of the last row that this page may look at; None where the index ends before."""
    return db.session.scalar(select(_Row.id).where(*lead).order_by(_Row.id.desc()).offset(window - 1).limit(1))
