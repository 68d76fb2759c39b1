"""The filter language of the audit log: what can be looked for, and what that means on a row.

The narrowest filter with an index leads; the others look at its rows one by one (`halo.audit.search`).
"""

from __future__ import annotations

import datetime
import operator
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import orjson
from sqlalchemy import ColumnElement, LargeBinary, Text, and_, cast, false, func, or_

from halo.ground.database import db
from halo.ground.errors import Reason
from halo.ground.text.folding import fold
from halo.ground.text.spellings import pattern
from halo.ground.wire.revisions import FIRST_MODERN
from halo.ledger import moments
from halo.ledger.models import ActionExecution

INDEXED = ("grant", "agent", "server", "reason", "tool", "outcome")
"""Filters that have an index of their own, the narrowest first."""
BY_ITSELF = ("grant", "agent", "server")
"""Those of whose index the workspace is no part: each value belongs to one workspace."""
TEXTS = ("tool", "client_info", "detail", "trace_id")
"""What a search for text looks at, beside the arguments."""
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
    "agent": "agent_id",
    "server": "server_id",
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
    agent: str | None = None
    server: str | None = None
    """Row id of a connected server."""
    era: str | None = None
    """`modern` (stateless), `legacy` (handshake), or one protocol version."""
    slower_ms: int | None = None
    """At least so many milliseconds."""
    text: str | None = None

    def given(self) -> dict[str, Any]:
        """The filters that are set, by name."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None}


EVERYTHING = Filters()


def conditions(workspace_id: str, filters: Filters, *, reads_payloads: bool) -> list[ColumnElement[bool]]:
    """What the filters say, for counting."""
    filters = with_outcome_of_reason(filters)
    return [*lead(workspace_id, filters, is_walked=False), *Rest(filters, reads_payloads).on(_Row)]


def rest(row: Any, filters: Filters, reads_payloads: bool) -> list[ColumnElement[bool]]:
    """The filters behind the leading one, as conditions on a row."""
    return Rest(filters, reads_payloads).on(row)


def leading(filters: Filters) -> Filters:
    """The filter whose index leads, alone."""
    return Filters(**({name: getattr(filters, name)} if (name := leader(filters)) else {}))


def lead(
    workspace_id: str, filters: Filters, grants: Sequence[str] = (), *, is_walked: bool = True
) -> list[ColumnElement[bool]]:
    """What the leading index answers; the rows of these connections, where it is known that there are no others.

    A count, which needs no order, does not walk along the index: the planner may take what it likes.
    """
    is_sqlite = db.engine.dialect.name == "sqlite"
    equals = _is if is_walked else operator.eq
    stands_alone = leader(filters) in BY_ITSELF
    mine = _Row.workspace_id == workspace_id if stands_alone else equals(_Row.workspace_id, workspace_id)
    if is_sqlite and (stands_alone or grants):
        # SQLite keeps no statistics: shown two indexes, it reads the whole workspace backwards for one grant's rows.
        mine = _Row.workspace_id.concat("") == workspace_id
    found: list[ColumnElement[bool]] = [mine]
    if filters.since is not None:
        found.append(_Row.id >= moments.first_id(filters.since))
    if filters.until is not None:
        found.append(_Row.id < moments.first_id(filters.until))
    if (name := leader(filters)) is not None:
        found.append(equals(getattr(_Row, COLUMN_OF[name]), getattr(filters, name)))
    if grants:
        found.append(_Row.grant_id.in_(grants))
    return found


def newest_first(filters: Filters, grants: Sequence[str] = ()) -> list[ColumnElement[Any]]:
    """The order of the leading index, which begins with columns that `lead` holds fast."""
    if grants or db.engine.dialect.name == "sqlite":
        return [_Row.id.desc()]
    name = leader(filters)
    columns: list[Any] = [] if name in BY_ITSELF else [_Row.workspace_id]
    columns += [getattr(_Row, COLUMN_OF[name])] if name else []
    return [column.desc() for column in (*columns, _Row.id)]


def _is(column: Any, value: str) -> ColumnElement[bool]:
    """Equality. For PostgreSQL as a stretch of one value: of a column that is equal to a constant it forgets that the
    index is ordered by it, and may read the primary key backwards through everybody else's rows."""
    if db.engine.dialect.name == "sqlite":
        return column == value  # type: ignore[no-any-return]
    return column.between(value, value)  # type: ignore[no-any-return]


class Rest:
    """The filters behind the leading one, which look at one row after the other."""

    def __init__(self, filters: Filters, reads_payloads: bool) -> None:
        given = filters.given()
        self._equal = {COLUMN_OF[name]: given[name] for name in COLUMN_OF if name in given and name != leader(filters)}
        self._filters = filters
        self._reads_payloads = reads_payloads
        self.is_any = bool(self._equal or filters.era or filters.slower_ms is not None or filters.text)
        self.columns = [*self._equal]
        self.columns += ["protocol_version"] if filters.era else []
        self.columns += ["latency_us"] if filters.slower_ms is not None else []
        self.columns += [*TEXTS, *(["arguments"] if reads_payloads else [])] if filters.text else []

    def on(self, row: Any) -> list[ColumnElement[bool]]:
        """The conditions, on the table or on a selection from it."""
        where: list[ColumnElement[bool]] = [getattr(row, column) == value for column, value in self._equal.items()]
        if self._filters.era:
            where.append(is_of_era(row.protocol_version, self._filters.era))
        if self._filters.slower_ms is not None:
            where.append(row.latency_us >= self._filters.slower_ms * 1000)
        if self._filters.text:
            where.append(_text(row, self._filters.text, self._reads_payloads))
        return where


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
    if not fold(wanted):  # signs alone that nobody sees
        return false()
    found = [_holds(getattr(row, name), wanted) for name in TEXTS]
    if reads_payloads:
        found.append(_holds(cast(row.arguments, Text), orjson.dumps(wanted).decode()[1:-1]))
    return or_(*found)


def _holds(column: ColumnElement[str], wanted: str) -> ColumnElement[bool]:
    """Whether the text stands there in any spelling; a column of ASCII alone is not asked for the others."""
    folded = fold(wanted)
    is_sqlite = db.engine.dialect.name == "sqlite"
    size = func.length(cast(column, LargeBinary)) if is_sqlite else func.octet_length(column)
    fits = func.halo_fits(wanted, column) if is_sqlite else column.regexp_match(pattern(wanted))
    spelled = and_(size > func.length(column), fits)
    if not folded.isascii():
        return spelled
    # SQLite's LIKE takes upper and lower case of ASCII for the same by itself.
    plain = column.contains if is_sqlite else column.icontains
    return or_(plain(folded, autoescape=True), spelled)


def is_of_era(column: Any, era: str) -> ColumnElement[bool]:
    """`modern`, `legacy`, or one protocol version; versions are dates, so an era is a stretch of them."""
    if era == "modern":
        return column >= FIRST_MODERN  # type: ignore[no-any-return]
    if era == "legacy":
        return (column < FIRST_MODERN) & (column != "")  # type: ignore[no-any-return]
    return column == era  # type: ignore[no-any-return]
