"""Asking the full-text index: which records hold the words of a query, and which of them fit best.

A record's score adds up, for each word that it holds, more for a rare word than for a common one, more for the word
itself than for one that begins so, and more where it stands in the title or a name. How rare a word is, is counted in
the caller's own workspace: what others write moves nothing. Scores are whole numbers, the same on both databases.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, Subquery, cast, func, literal, literal_column, select, table, union_all
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.engine import Connection

from halo.contacts.fulltext import HEAD, NOTE, VECTOR, scope
from halo.contacts.models import SearchText
from halo.contacts.terms import Query, Sought

UNIT = 1000
"""The score of a word that every record holds."""
WHOLE, HEADED, ASIDE = 0.3, 0.8, 0.25
"""Shares of a word's weight: more for the whole word, more in the head; and what an aside weighs at all."""
MOST = 0.7
"""Share of the best record's weight that others must have where none holds every word."""


@dataclass(frozen=True)
class Ranking:
    """The records that hold any of the words: `record_id`, `score`, how many demanded `words` and their `covered`
    weight."""

    query: Query
    hits: Subquery


@dataclass(frozen=True)
class Index:
    """The index of one kind of record in one workspace, as one caller may ask it."""

    connection: Connection
    kind: str
    workspace_id: str
    reads_notes: bool

    def all_of(self, words: Sequence[Sought]) -> Select[Any]:
        """The ids of the records that hold every word."""
        found = self._records()
        for word in words:
            found = found.where(SearchText.id.in_(self._docs(self._anywhere(word))))
        return found

    def ranked(self, query: Query) -> Ranking:
        """The records that hold any of the words, with what they are worth."""
        whole, counted = self._count(query.words)
        demanded = query.demanded
        parts: list[Select[Any]] = []
        for word, count in zip(query.words, counted, strict=True):
            weight = round(
                UNIT * (1 + math.log(1 + max(0, whole - count) / (count + 0.5))) * (ASIDE if word.is_aside else 1)
            )
            is_demanded = word in demanded
            parts.append(self._part(self._anywhere(word), weight, is_demanded))
            parts.append(self._part(self._any(word, [HEAD]), round(weight * HEADED)))
            if word.whole:
                exact = Sought(word.word, word.whole, ())
                parts.append(self._part(self._anywhere(exact), round(weight * WHOLE)))
        found = union_all(*parts).subquery("found")
        hits = (
            self._records()
            .add_columns(
                *(func.sum(found.c[name], type_=Integer).label(name) for name in ("score", "words", "covered"))
            )
            .join(found, found.c.doc == SearchText.id)
            .group_by(SearchText.record_id)
        )
        return Ranking(query, hits.subquery("hits"))

    def _records(self) -> Select[Any]:
        return select(SearchText.record_id).where(
            SearchText.workspace_id == self.workspace_id, SearchText.kind == self.kind
        )

    def _part(self, expression: str, weight: int, is_demanded: bool = False) -> Select[Any]:
        told = {"score": weight, "words": int(is_demanded), "covered": weight * is_demanded}
        return self._docs(expression).add_columns(
            *(literal(value, Integer).label(name) for name, value in told.items())
        )

    def _count(self, words: Sequence[Sought]) -> tuple[int, list[int]]:
        """How many records there are, and how many hold each of the words."""
        asked = [self._quoted(scope(self.kind, self.workspace_id)), *(self._anywhere(word) for word in words)]
        counts = (select(func.count()).select_from(self._docs(each).subquery()).scalar_subquery() for each in asked)
        whole, *counted = self.connection.execute(select(*counts)).one()
        return whole, list(counted)

    def _docs(self, expression: str) -> Select[Any]:
        """The rows of the index that fit an expression."""
        if self._is_sqlite:
            rows: Select[Any] = select(literal_column("rowid").label("doc")).select_from(table("fts_texts"))
            return rows.where(literal_column("fts_texts").op("MATCH")(expression))
        return select(SearchText.id.label("doc")).where(literal_column(VECTOR).op("@@")(cast(expression, TSQUERY)))

    def _anywhere(self, word: Sought) -> str:
        return self._any(word, ["", NOTE] if self.reads_notes else [""])

    def _any(self, word: Sought, marks: Iterable[str]) -> str:
        """The expression for records of ours that hold the word behind any of these marks."""
        choices = []
        for mark in marks:
            choices += [self._quoted(mark + term) for term in word.whole]
            choices += [self._beginning(mark + term) for term in word.begins]
            if word.pairs:
                choices.append(self._all([self._quoted(mark + pair) for pair in word.pairs]))
        either = (" OR " if self._is_sqlite else " | ").join(choices)
        return self._all([self._quoted(scope(self.kind, self.workspace_id)), f"({either})"])

    def _all(self, parts: Sequence[str]) -> str:
        return "(" + (" AND " if self._is_sqlite else " & ").join(parts) + ")"

    def _quoted(self, term: str) -> str:
        return f'"{term}"' if self._is_sqlite else f"'{term}'"

    def _beginning(self, term: str) -> str:
        return self._quoted(term) + ("*" if self._is_sqlite else ":*")

    @property
    def _is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"
