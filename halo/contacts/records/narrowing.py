"""What a search may be narrowed by: values, ranges, words, a company, an end user. What is None narrows nothing."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from halo.contacts.models import Company, EndUser
from halo.contacts.models.shared import Account, Record
from halo.contacts.records import alike, terms
from halo.contacts.records.ranking import Index, Ranking
from halo.contacts.records.visible import Reader, Statement
from halo.contacts.vocabulary import HealthTier
from halo.ground import limits
from halo.ground.errors import Mistake
from halo.ground.principal import Principal
from halo.ground.text import names, nearest

Column = InstrumentedAttribute[Any]
Moment = datetime.datetime | None
MOST_MEANT = 50
"""Companies or end users that one name may stand for."""
MOST_NAMED = 10
"""Of them, whose names are said."""
LONGEST_MEANT = 60
"""Characters of such a name."""
TALKS = ("ticket", "conversation")
"""Kinds that questions are asked about; names are looked for word by word."""


class Hit(NamedTuple):
    """One row that a query finds."""

    score: int
    id: str
    doc: int


@dataclass(frozen=True)
class _Asked:
    """A query, and what it found before anything else was looked at."""

    index: Index
    ranking: Ranking
    identity: Column
    """Names the record that holds the words."""
    in_full: bool
    """Whether only records that hold every word will do."""


class Narrowing:
    """Conditions that add up."""

    def __init__(self, reader: Reader, principal: Principal) -> None:
        self._reader = reader
        self._customer = principal.customer
        self.conditions: list[ColumnElement[bool]] = []
        self.keyed = False
        """Whether the rows are found by the ids of something rarer than the workspace (see `visible.conditions`)."""
        self.found: list[Hit] | None = None
        """What the words of a query find, the best first, once `settle` has looked."""
        self._asked: _Asked | None = None
        self._meant: list[str] = []
        """Which records a name stands for, where it stands for several, as sentences."""
        self.is_partial = False
        """Whether no record holds all the words, so that those with most are shown."""

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
        """This text, whatever its case, of a column with few different ones."""
        if value is not None:
            self.add(column.in_(alike.values(self._reader, column, value)))

    def called(self, kind: str, column: Column, name: str | None) -> None:
        """Records of this name, whatever its case."""
        if name is not None:
            self.add(column.in_(alike.names(self._reader, kind, column, name)))

    def domain(self, column: Column, text: str | None) -> None:
        """This domain, in either spelling of its host."""
        if text is not None:
            self.add(column.in_(alike.domains(text)))

    def mail_of(self, column: Column, text: str | None) -> None:
        """E-mail addresses of this domain, in either spelling of its host."""
        if text is not None:
            self.add(or_(*(column.endswith(f"@{each}", autoescape=True) for each in alike.domains(text))))

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

    def words(self, kind: str, identity: Column, query: str | None, *, in_full: bool = False) -> None:
        """Records, named by the column, that hold the words of the query: all of them where it is meant in full."""
        if query is None:
            return
        asked = terms.read(query, is_question=kind in TALKS)
        if not asked.words:
            raise Mistake("query", "query: there is no word in it; send one or more words to look for.")
        index = self._index(kind)
        self._asked = _Asked(index, index.ranked(asked), identity, in_full)
        self.keyed = True

    def settle(self, model: type[Record]) -> None:
        """Find what holds all the words of a query.

        Where nothing does that fits the other conditions and that this caller may see, find what holds most.
        """
        asked = self._asked
        if asked is None:
            return
        self.found = self._seen(model, asked, asked.ranking.in_full())
        if not self.found and not asked.in_full:
            some = self._seen(model, asked, asked.ranking.worth)
            kept = set(asked.ranking.most(hit.doc for hit in some))
            self.found = [hit for hit in some if hit.doc in kept]
            self.is_partial = bool(self.found)

    def show(self, found: Sequence[Hit]) -> None:
        """Keep only these of what was found."""
        if self._asked is not None:
            hits = self._asked.index.hits(self._asked.ranking, [hit.doc for hit in found])
            self.add(hits.c.record_id == self._asked.identity)

    def _seen(self, model: type[Record], asked: _Asked, docs: Collection[int]) -> list[Hit]:
        """Those of the records that fit the other conditions and that this caller may see, the best first."""
        if not docs:
            return []
        hits = asked.index.hits(asked.ranking, docs)
        identity: InstrumentedAttribute[str] = model.id  # type: ignore[attr-defined]
        found = self.on(select(hits.c.score, identity, hits.c.doc).select_from(model))
        rows = self._reader.rows(model, found.where(hits.c.record_id == asked.identity), keyed=True)
        return sorted((Hit(*row) for row in rows), reverse=True)

    def notes(self) -> tuple[str, ...]:
        """What was understood otherwise than asked, as sentences."""
        if self._asked is None:
            return tuple(self._meant)
        asked, said = self._asked.ranking.query, list(self._meant)
        if self.is_partial:
            words = ", ".join(word.word for word in asked.demanded)
            said.append(f"Nothing holds all of these words: {words}. What holds most of them is shown.")
        if asked.left_out:
            left_out = ", ".join(asked.left_out)
            said.append(f"Only the first {terms.MOST_WORDS} words were looked for, not these: {left_out}.")
        return tuple(said)

    def company(self, column: Column, reference: str | None) -> None:
        """Records of the company, or of every company that the name stands for; raises `Mistake` for none."""
        if reference is None:
            return
        found = self._companies(self._is_company(reference))
        if not found and (words := terms.read(reference).words):
            found = self._companies(Company.id.in_(self._index("company").all_of(words)))
        if len(found) > MOST_MEANT:
            raise Mistake("company", f"company: more than {MOST_MEANT} companies fit {reference!r}; name one of them.")
        if not found:
            near = nearest_of(self._reader, Company, reference)
            raise Mistake("company", f"company: no company has the id, domain or name {reference!r}.{near}")
        self.mean(
            "company", "companies", reference, [f"{name} ({known})" if known else name for _, name, known in found]
        )
        self._among(column, [identity for identity, *_ in found])

    def end_user(self, column: Column, reference: str | None) -> None:
        """Records of this end user; raises `Mistake` for an unknown one."""
        if reference is None or (self._customer and reference == self._customer.end_user_id):
            return
        email = EndUser.email == names.address_key(reference)
        known = or_(EndUser.id == reference, EndUser.external_id == reference, email)
        columns = select(EndUser.id, EndUser.name, EndUser.email)
        found = self._reader.rows(EndUser, columns.where(known).order_by(EndUser.id).limit(MOST_MEANT + 1))
        if len(found) > MOST_MEANT:
            raise Mistake(
                "user", f"user: more than {MOST_MEANT} end users have {reference!r}; name one by its Halo id."
            )
        if not found:
            near = nearest_of(self._reader, EndUser, reference)
            raise Mistake("user", f"user: no end user has the id, external id or e-mail address {reference!r}.{near}")
        self.mean("user", "end users", reference, [row[1] or row[2] or row[0] for row in found])
        self._among(column, [row[0] for row in found])

    def mean(self, field: str, nouns: str, reference: str, known: Sequence[str]) -> None:
        """Note whom a name stands for, where it stands for several: their records are not told apart by it."""
        if len(known) > 1:
            said = [" ".join(one.split())[:LONGEST_MEANT] for one in known[:MOST_NAMED]]
            more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
            sentence = f"{field}: {len(known)} {nouns} fit {reference!r}, and all of them are meant: "
            self._meant.append(sentence + ", ".join(said) + more + ".")

    def inside(self, column: Column, model: type[Record], identity: Column, others: Narrowing) -> None:
        """Records whose column names a record of another table that fits these other filters."""
        if others.conditions:
            self._among(column, self._reader.seen(model, others.on(select(identity)), keyed=others.keyed))
        self._meant += others.notes()

    def _among(self, column: Column, ids: Any) -> None:
        self.add(column.in_(ids))
        self.keyed = True

    def _companies(self, known: ColumnElement[bool]) -> list[tuple[str, str, str | None]]:
        """(id, name, domain) of those."""
        columns = select(Company.id, Company.name, Company.domain)
        found = self._reader.rows(
            Company, columns.where(known).order_by(Company.name, Company.id).limit(MOST_MEANT + 1)
        )
        return [(row[0], row[1], row[2]) for row in found]

    def _is_company(self, reference: str) -> ColumnElement[bool]:
        return or_(
            Company.id == reference,
            Company.external_id == reference,
            Company.domain.in_(alike.domains(reference)),
            Company.name.in_(alike.names(self._reader, "company", Company.name, reference)),
        )

    def _index(self, kind: str) -> Index:
        """For a bound caller the words of internal notes do not count: no guessing at what they say."""
        reader = self._reader
        return Index(reader.connection, kind, reader.workspace_id, reads_notes=self._customer is None)


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


def _said(value: Any) -> str:
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else str(value)
