"""What a search may be narrowed by: values, ranges, words, a company, an end user. What is None narrows nothing."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from halo import limits, names, nearest
from halo.contacts import fulltext
from halo.contacts.models import Company, EndUser, Ticket, TicketMessage
from halo.contacts.models.shared import Account, Record
from halo.contacts.visible import Reader, Statement, customer_of
from halo.contacts.vocabulary import HealthTier, MessageKind
from halo.errors import Mistake
from halo.principal import Principal

Column = InstrumentedAttribute[Any]
Moment = datetime.datetime | None
MOST_MEANT = 50
"""Companies or end users that one name may stand for."""


class Filters:
    """Conditions that add up."""

    def __init__(self, reader: Reader, principal: Principal) -> None:
        self._reader = reader
        self._customer = customer_of(principal)
        self.conditions: list[ColumnElement[bool]] = []
        self.keyed = False
        """Whether the rows are found by the ids of something rarer than the workspace (see `visible.conditions`)."""

    def on(self, statement: Statement) -> Statement:
        """The statement, narrowed."""
        return statement.where(*self.conditions)

    def add(self, condition: ColumnElement[bool]) -> None:
        """One more condition."""
        self.conditions.append(condition)

    def equal(self, column: Column, value: Any) -> None:
        """Exactly this value."""
        if value is not None:
            self.add(column == value)

    def same_word(self, column: Column, value: str | None) -> None:
        """This text, whatever its case."""
        if value is not None:
            self.add(func.lower(column) == value.lower())

    def one_of(self, column: Column, values: Sequence[str]) -> None:
        """Any of these values; none given narrows nothing."""
        if values:
            self.add(column.in_([str(value) for value in values]))

    def between(self, column: Column, low: Any, high: Any) -> None:
        """From low to high, both included."""
        if low is not None:
            self.add(column >= low)
        if high is not None:
            self.add(column <= high)

    def health(self, model: type[Account], tier: HealthTier | None) -> None:
        """Scores of this tier."""
        if tier is not None and tier.bounds is None:
            self.add(model.health_score.is_(None))
        elif tier is not None and tier.bounds is not None:
            self.between(model.health_score, *tier.bounds)

    def words(self, kind: str, identity: Column, query: str | None) -> None:
        """Records in whose text every word of the query begins a word."""
        if query is None:
            return
        words = fulltext.words_of(query)
        if not words:
            raise Mistake("query", "query: there is no word in it; send one or more words to look for.")
        self._among(identity, self._matching(kind, words))
        if kind == "ticket" and self._customer is not None:
            self._words_without_notes(words)

    def company(self, column: Column, reference: str | None) -> None:
        """Records of the company, or of every company that the name stands for; raises `Mistake` for none."""
        if reference is None:
            return
        ids = self._companies(_is_company(reference))
        if not ids and (words := fulltext.words_of(reference)):
            ids = self._companies(Company.id.in_(self._matching("company", words)))
        if len(ids) > MOST_MEANT:
            raise Mistake("company", f"company: more than {MOST_MEANT} companies fit {reference!r}; name one of them.")
        if not ids:
            near = nearest_of(self._reader, Company, reference)
            raise Mistake("company", f"company: no company has the id, domain or name {reference!r}.{near}")
        self._among(column, ids)

    def end_user(self, column: Column, reference: str | None) -> None:
        """Records of this end user; raises `Mistake` for an unknown one."""
        if reference is None or (self._customer and reference == self._customer.end_user_id):
            return
        email = EndUser.email == names.address_key(reference)
        known = or_(EndUser.id == reference, EndUser.external_id == reference, email)
        ids = [row[0] for row in self._reader.rows(EndUser, select(EndUser.id).where(known).limit(MOST_MEANT + 1))]
        if len(ids) > MOST_MEANT:
            raise Mistake(
                "user", f"user: more than {MOST_MEANT} end users have {reference!r}; name one by its Halo id."
            )
        if not ids:
            near = nearest_of(self._reader, EndUser, reference)
            raise Mistake("user", f"user: no end user has the id, external id or e-mail address {reference!r}.{near}")
        self._among(column, ids)

    def inside(self, column: Column, model: type[Record], identity: Column, others: Filters) -> None:
        """Records whose column names a record of another table that fits these other filters."""
        if others.conditions:
            self._among(column, self._reader.seen(model, others.on(select(identity)), keyed=others.keyed))

    def _among(self, column: Column, ids: Any) -> None:
        self.add(column.in_(ids))
        self.keyed = True

    def _words_without_notes(self, words: Sequence[str]) -> None:
        """For a bound caller the words of internal notes do not count either: no guessing at what they say."""
        for word in words:
            said = TicketMessage.body.icontains(word) & (TicketMessage.kind != MessageKind.NOTE.value)
            self.add(Ticket.subject.icontains(word) | Ticket.id.in_(select(TicketMessage.ticket_id).where(said)))

    def _companies(self, known: ColumnElement[bool]) -> list[str]:
        found = self._reader.rows(Company, select(Company.id).where(known).limit(MOST_MEANT + 1))
        return [row[0] for row in found]

    def _matching(self, kind: str, words: Sequence[str]) -> Statement:
        reader = self._reader
        return fulltext.matching(kind, words, workspace_id=reader.workspace_id, dialect=reader.dialect)


def tier_of(model: type[Account]) -> ColumnElement[str]:
    """The health tier of a record, in SQL."""
    tiers = [(model.health_score.between(*tier.bounds), tier.value) for tier in HealthTier if tier.bounds]
    return case(*tiers, else_=HealthTier.NOT_SCORED.value)


def nearest_of(reader: Reader, model: type[Company | EndUser], reference: str) -> str:
    """The names that come nearest, as a sentence: of all where they are few, else of those that begin alike."""
    columns = (Company.name, Company.domain) if model is Company else (EndUser.email, EndUser.external_id, EndUser.name)
    known = select(*columns).limit(limits.NAMES_COMPARED)
    rows = reader.rows(model, known)
    if len(rows) == limits.NAMES_COMPARED:
        alike = or_(*(column.istartswith(reference[:2], autoescape=True) for column in columns))
        rows = reader.rows(model, known.where(alike))
    near = nearest.near(reference, [name for row in rows for name in row if name])
    return f" The nearest: {', '.join(near)}." if near else ""


def check_range(low: tuple[str, Any], high: tuple[str, Any]) -> None:
    """Raise `Mistake` where a range (field, value) to (field, value) is the wrong way round."""
    if low[1] is not None and high[1] is not None and low[1] > high[1]:
        raise Mistake(high[0], f"{high[0]}: {_said(high[1])} lies before {low[0]} ({_said(low[1])}).")


def _is_company(reference: str) -> ColumnElement[bool]:
    plain = reference.lower()
    return or_(
        Company.id == reference,
        Company.external_id == reference,
        Company.domain == plain.removeprefix("www."),
        func.lower(Company.name) == plain,
    )


def _said(value: Any) -> str:
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else str(value)
