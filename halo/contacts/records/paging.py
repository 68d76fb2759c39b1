"""Lists by keyset: a page, how many there are in all, and a cursor that goes on exactly where the page ended.

A cursor holds the sort value and id of the last row and a digest of the question, so that it fits no other
question. It is not secret: what it can reach is what `visible` allows. Rows without a sort value come last.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Integer, func, literal, literal_column, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from halo.contacts.models.shared import Record
from halo.contacts.records.narrowing import Hit, Narrowing
from halo.contacts.records.visible import Found, Reader, Statement
from halo.ground.database import UtcDateTime
from halo.ground.errors import Mistake

COUNTED = 10_000
"""Up to here totals are exact."""
LONGEST_CURSOR = 4000
BEST = "best"
BEST_FIRST = "Best match first."
"""The order that every list with a query has."""
_HIGHEST = {int: 2**31 - 1, float: 1e15}
"""Numbers that a column may hold, by their kind; a higher one in a cursor is forged."""
MOST_COUNTS = 50
"""Values of a field of which a list says how often each occurs."""


@dataclass(frozen=True)
class Sort:
    """An order of a list; ties are broken by id."""

    column: InstrumentedAttribute[Any] | ColumnElement[Any]
    descending: bool
    sentence: str

    @property
    def is_nullable(self) -> bool:
        """Whether rows may have no value to be ordered by."""
        return bool(getattr(self.column.expression, "nullable", False))


_BEST = Sort(literal_column("hits.score", Integer), True, BEST_FIRST)
"""Of what a query finds, whose table is called hits."""


@dataclass(frozen=True)
class Field:
    """A field by whose values a list can be counted; of a record the value is its name, which several may have."""

    value: ColumnElement[Any]
    id: InstrumentedAttribute[str] | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many records have a value."""

    value: Any
    count: int
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, in order; `cursor` goes on, None at the end."""

    rows: Sequence[Found]
    total: int
    total_is_exact: bool
    cursor: str | None
    question: str
    sort: Sort | None = None
    notes: tuple[str, ...] = ()
    """What was understood otherwise than asked, as sentences."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Id of a record -> the words of it that were looked for, where a list says so."""
    counts: Sequence[Count] | None = None
    """Instead of rows, where it was asked for how often each value of a field stands among them."""

    def first(self, count: int) -> Page:
        """The same page with so many rows, and a cursor that goes on after them."""
        rows = self.rows[:count]
        return replace(self, rows=rows, cursor=_after(self.question, rows[-1]))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the last page ended."""

    value: Any
    id: str


def digest(*question: Any) -> str:
    """A short digest of what a list was asked for."""
    text = json.dumps(question, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class PageWanted:
    """Which part of a list is asked for."""

    question: str
    """What the whole list was asked for (`as_question`): a cursor fits no other."""
    sort: str | None = None
    limit: int = 10
    cursor: str | None = None
    count_by: str | None = None
    """Instead of rows: how many have each value of this field."""


@dataclass(frozen=True)
class RecordList:
    """A kind of records as it is listed."""

    model: type[Record]
    statement: Statement
    """Reads the rows; filters look at columns of the model alone, so that counting needs none of its joins."""
    sorts: Mapping[str, Sort]
    fields: Mapping[str, Field]
    """What can be counted by."""

    def page(self, reader: Reader, filters: Narrowing, wanted: PageWanted) -> Page:
        """One page of the filtered rows that this reader may see, or counts of them; raises `Mistake` for a cursor of
        another list.

        Without an order the best matches of a query come first, and without a query the first of the orders holds.
        """
        filters.settle(self.model)
        if wanted.count_by is not None:
            return _counted(reader, self, filters, self.fields[wanted.count_by], wanted.question)
        return _page(reader, self, filters, wanted)


def _page(reader: Reader, of: RecordList, filters: Narrowing, wanted: PageWanted) -> Page:
    model, limit, question = of.model, wanted.limit, wanted.question
    order = _order_of(filters, of.sorts, wanted.sort)
    place = _decode(wanted.cursor, question, order) if wanted.cursor else None
    if filters.found is not None:
        filters.show(_next(filters.found, place, limit + 1) if order is _BEST else filters.found)
    rows = _rows(reader, model, filters.on(of.statement), order, limit + 1, place, filters.keyed)
    total = len(rows) if filters.found is None else len(filters.found)
    if filters.found is None and (place is not None or total > limit):
        counted = filters.on(select(literal_column("1")).select_from(model))
        total = reader.count(model, counted, COUNTED + 1, keyed=filters.keyed)
    more = len(rows) > limit
    rows = rows[:limit]
    ended = _after(question, rows[-1]) if more else None
    return Page(rows, min(total, COUNTED), total <= COUNTED, ended, question, order, filters.notes())


def _order_of(filters: Narrowing, sorts: Mapping[str, Sort], name: str | None) -> Sort:
    if name is not None and name != BEST:
        return sorts[name]
    return next(iter(sorts.values())) if filters.found is None else _BEST


def _next(found: Sequence[Hit], place: _Place | None, count: int) -> Sequence[Hit]:
    """So many of the best, after this place."""
    if place is None:
        return found[:count]
    return [hit for hit in found if (hit.score, hit.id) < (place.value, place.id)][:count]


def _counted(reader: Reader, of: RecordList, filters: Narrowing, field: Field, question: str) -> Page:
    """How many of the filtered rows have each value of a field, the most frequent first. Of the statement only the
    joins count."""
    filters.show(filters.found or ())
    keys: list[Any] = [field.value] if field.id is None else [field.value, field.id]
    often = func.count()
    grouped: Statement = filters.on(of.statement).with_only_columns(*keys, often, maintain_column_froms=True)
    grouped = grouped.group_by(*keys)
    found = reader.rows(of.model, grouped.order_by(often.desc(), *keys), keyed=filters.keyed)
    counts = [Count(row[0], row[-1], row[1] if field.id is not None else None) for row in found]
    return Page([], sum(one.count for one in counts), True, None, question, notes=filters.notes(), counts=counts)


def _rows(
    reader: Reader,
    model: type[Record],
    statement: Statement,
    sort: Sort,
    limit: int,
    place: _Place | None,
    keyed: bool,
) -> list[Found]:
    """First the rows with a sort value, then those without: each half is one walk along an index."""
    identity: InstrumentedAttribute[str] = model.id  # type: ignore[attr-defined]
    statement = statement.add_columns(sort.column, identity)
    rows: list[Found] = []
    if place is None or place.value is not None:
        known = statement.where(sort.column.is_not(None)).order_by(*_order(sort, sort.column, identity))
        if place is not None:
            here = tuple_(literal(place.value, sort.column.type), literal(place.id))
            at = tuple_(sort.column, identity)
            known = known.where(at < here if sort.descending else at > here)
        rows = list(reader.rows(model, known.limit(limit), keyed=keyed))
    if len(rows) < limit and sort.is_nullable:
        unknown = statement.where(sort.column.is_(None)).order_by(*_order(sort, identity))
        if place is not None and place.value is None:
            unknown = unknown.where(identity < place.id if sort.descending else identity > place.id)
        rows += reader.rows(model, unknown.limit(limit - len(rows)), keyed=keyed)
    return rows


def _order(sort: Sort, *columns: InstrumentedAttribute[Any] | ColumnElement[Any]) -> list[Any]:
    return [column.desc() if sort.descending else column.asc() for column in columns]


def _after(question: str, row: Found) -> str:
    """The cursor that goes on after a row, whose last columns are its sort value and id."""
    value, identity = row[-2:]
    plain = value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value
    return _packed(question, plain, identity)


def _packed(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _decode(cursor: str, question: str, sort: Sort) -> _Place:
    try:
        return _place(cursor, question, _kind(sort))
    except (ValueError, TypeError, binascii.Error, UnicodeError, RecursionError):
        raise Mistake(
            "cursor",
            "cursor: this is no cursor of this search. Repeat the search that gave it with the same arguments, "
            "or leave cursor out to start from the beginning.",
        ) from None


def _kind(sort: Sort) -> type:
    kind = sort.column.type
    return datetime.datetime if isinstance(kind, UtcDateTime) else kind.python_type


def _place(cursor: str, question: str, kind: type) -> _Place:
    if len(cursor) > LONGEST_CURSOR:
        raise ValueError
    packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    asked, value, identity = json.loads(packed)
    if asked != question or not isinstance(identity, str) or len(identity) != 36 or "\x00" in identity:
        raise ValueError
    if cursor != _packed(asked, value, identity) or not identity.isascii():
        raise ValueError  # Base64 and JSON read many a text as the same; only what was given counts
    return _Place(_value(value, kind), identity)


def _value(value: Any, kind: type) -> Any:
    if value is None:
        return None
    if kind is datetime.datetime:
        moment = datetime.datetime.fromisoformat(value)
        if moment.tzinfo is None or not 1 < moment.year < 9999:
            raise ValueError
        return moment
    if kind is datetime.date:
        return datetime.date.fromisoformat(value)
    if kind is str:
        if not isinstance(value, str) or "\x00" in value:
            raise ValueError
        value.encode()  # half a surrogate pair, which JSON can write, is no text
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > _HIGHEST[kind]:
        raise ValueError
    return kind(value)


def as_question(name: str, arguments: Mapping[str, Any]) -> str:
    """The digest of a list's arguments; how many rows and where from are no part of the question."""
    return digest(name, {key: value for key, value in arguments.items() if key not in ("limit", "cursor")})
