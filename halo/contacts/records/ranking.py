"""Asking the full-text index: which records hold the words of a query, and which of them fit best.

A record's score adds up, for each word that it holds, more for a rare word than for a common one, more for the word
itself than for one that begins so, and more where it stands in the title or a name. How rare a word is, is counted in
the caller's own workspace: what others write moves nothing. Scores are whole numbers, the same on both databases.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import (
    CTE,
    JSON,
    ColumnElement,
    Integer,
    Select,
    String,
    cast,
    func,
    literal,
    literal_column,
    select,
    table,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.engine import Connection

from halo.contacts.models import SearchText
from halo.contacts.records.fulltext import HEAD, NOTE, VECTOR, scope
from halo.contacts.records.terms import Sought, TermQuery

UNIT = 1000
COMMON = 10_000
"""A word that so many records hold weighs little; how many there are in all does not matter."""
ANYWHERE, WHOLE, HEADED, ASIDE = 1, 0.3, 0.8, 0.25
"""Shares of a word's weight: where it is held at all, as a whole word, in the head; and what an aside weighs of it."""
MOST = 0.7
"""Share of the best record's weight that others must have where none holds every word."""


@dataclass(slots=True)
class Worth:
    """What one record is worth to a query."""

    score: float = 0
    words: int = 0
    """How many of the demanded words it holds."""
    covered: float = 0
    """What those weigh."""


@dataclass(frozen=True)
class Ranking:
    """The records that hold any of the words of a query, by their number in the index."""

    query: TermQuery
    worth: Mapping[int, Worth]

    def in_full(self) -> list[int]:
        """Those that hold every demanded word."""
        demanded = len(self.query.demanded)
        return [doc for doc, each in self.worth.items() if each.words == demanded]

    def most(self, docs: Iterable[int]) -> list[int]:
        """Of these, those that hold most."""
        held = {doc: self.worth[doc].covered for doc in docs}
        best = max(held.values(), default=0)
        return [doc for doc, covered in held.items() if covered and covered >= best * MOST]


@dataclass(frozen=True)
class Index:
    """The index of one kind of record in one workspace, as one caller may ask it."""

    connection: Connection
    kind: str
    workspace_id: str
    reads_notes: bool

    def all_of(self, words: Sequence[Sought]) -> Select[Any]:
        """The ids of the records that hold every word."""
        found = select(SearchText.record_id).where(*self._ours())
        for word in words:
            found = found.where(SearchText.id.in_(self._docs(self._anywhere(word))))
        return found

    def ranked(self, query: TermQuery) -> Ranking:
        """The records that hold any of the words, with what they are worth."""
        parts: list[tuple[Sought, float, str]] = []
        for word in query.words:
            parts.append((word, ANYWHERE, self._anywhere(word)))
            parts.append((word, HEADED, self._any(word, [HEAD])))
            if word.whole:
                parts.append((word, WHOLE, self._anywhere(Sought(word.word, word.whole, ()))))
        demanded, worth = query.demanded, dict[int, Worth]()
        weight: float = 0
        for (word, share, _), docs in zip(parts, self._found([part[2] for part in parts]), strict=True):
            is_demanded = share == ANYWHERE and word in demanded
            if share == ANYWHERE:
                weight = UNIT * math.log(1 + COMMON / max(1, len(docs))) * (ASIDE if word.is_aside else 1)
            for doc in docs:
                each = worth.get(doc) or worth.setdefault(doc, Worth())
                each.score += weight * share
                each.words += is_demanded
                each.covered += weight * is_demanded
        return Ranking(query, worth)

    def hits(self, ranking: Ranking, docs: Iterable[int]) -> CTE:
        """These records as a table of doc, record_id and score, which is whole."""
        scores = orjson.dumps({str(doc): round(ranking.worth[doc].score) for doc in docs}).decode()
        given = func.json_each(scores) if self._is_sqlite else func.json_each_text(cast(literal(scores, String), JSON))
        each = given.table_valued("key", "value")
        doc, score = cast(each.c.key, Integer), cast(each.c.value, Integer)
        found = select(doc.label("doc"), SearchText.record_id, score.label("score")).select_from(each)
        found = found.join(SearchText, SearchText.id == doc).where(*self._ours())
        # PostgreSQL expects few rows of a workspace where it is `keyed`, and would begin with all of them.
        return found.cte("hits").prefix_with("MATERIALIZED", dialect="postgresql")

    def _ours(self) -> tuple[ColumnElement[bool], ...]:
        return SearchText.workspace_id == self.workspace_id, SearchText.kind == self.kind

    def _found(self, expressions: Sequence[str]) -> list[list[int]]:
        """For each expression the numbers of the records that fit, in one question."""
        asked = [self._docs(expression).subquery() for expression in expressions]
        gathered = func.json_group_array if self._is_sqlite else func.json_agg
        each = [select(literal(at, Integer).label("at"), gathered(one.c.doc)) for at, one in enumerate(asked)]
        found: dict[int, Any] = {row[0]: row[1] or [] for row in self.connection.execute(union_all(*each))}
        lists = [found[at] for at in range(len(expressions))]
        return [orjson.loads(docs) if isinstance(docs, str) else docs for docs in lists]

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
            choices += [self._quoted(mark + term) for term in (*word.whole, *word.kin)]
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
