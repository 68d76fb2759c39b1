"""Full-text search over the pages: FTS5 in memory, Porter stems, completions, bm25 that favours titles."""

from __future__ import annotations

import bisect
import itertools
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from halo.documents.pages import DocumentPage, words_of
from halo.ground.errors import Mistake

OPEN, CLOSE = "\x02", "\x03"
"""Round a hit inside an excerpt; control characters, so that nothing in a page or a query can forge one."""

LONGEST_QUERY = 400
MOST_WORDS = 16
"""Beyond this a question is a text; more words only cost time."""
MOST_COMPLETIONS = 24

_WORD = re.compile(r"[^\W_]+(?:[_'-][^\W_]+)*")
_SIMPLE = re.compile(r"[^\W_]{3,}")
_FILLERS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do does for from get how i in is it me my of on or our should that the "
        "this to use we what when where which who why will with you your",
    )
)
_SELECT = """
    SELECT slug, anchor, title, heading, snippet(passages, 4, ?, ?, ' … ', 28) AS excerpt,
           bm25(passages, 0, 0, 6.0, 8.0, 1.0) AS rank
    FROM passages WHERE passages MATCH ? ORDER BY rank, rowid LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class PassageHit:
    """One passage that answers a query; `excerpt` has the hits between OPEN and CLOSE."""

    slug: str
    anchor: str
    title: str
    heading: str
    excerpt: str


def left_out(query: str) -> list[str]:
    """The words of a query that are not looked for, because there are too many."""
    return _words(query)[MOST_WORDS:]


class DocumentIndex:
    """The passages of some pages, searchable from any thread."""

    def __init__(self, pages: Iterable[DocumentPage]) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.execute(
            "CREATE VIRTUAL TABLE passages USING fts5("
            "slug UNINDEXED, anchor UNINDEXED, title, heading, body, "
            "tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        rows = list(_rows(pages))
        self._connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", rows)
        self._known = sorted({word for row in rows for text in row[2:] for word in _SIMPLE.findall(text.lower())})

    def search(self, query: str, limit: int) -> list[PassageHit]:
        """The best passages: those that hold every word, or, when none does, those that hold any.

        The last word may still be typed. Passages with the word as it stands come before those with what it may
        become, which is rarer and would be worth more.
        """
        words = [word.lower() for word in _words(query)[:MOST_WORDS]]
        typed = [self._term(word) for word in words]
        ahead = [*typed[:-1], self._completed(words[-1])]
        found: dict[tuple[str, str], PassageHit] = {}
        for terms in (typed, ahead):
            for hit in self._match(" AND ".join(terms), limit):
                found.setdefault((hit.slug, hit.anchor), hit)
        return list(found.values())[:limit] or self._match(" OR ".join(ahead), limit)

    def _term(self, word: str) -> str:
        """A word as an FTS5 expression, quoted, so that nothing in it is an operator; one that no page holds stands
        for all words that begin so."""
        is_known = self._endings(word)[:1] == [word]
        return f'"{word}"' if is_known else self._completed(word)

    def _completed(self, word: str) -> str:
        """All words that begin so. They are spelled out, because the index holds stems, and "identi" begins none."""
        if not word.isalnum():
            return f'"{word}"*'
        spelled = self._endings(word) if len(word) > 2 else []
        return "(" + " OR ".join(f'"{each}"' for each in spelled or [word]) + ")"

    def _endings(self, word: str) -> list[str]:
        """The words of the pages that begin so, the word itself first."""
        at = bisect.bisect_left(self._known, word)
        longer = itertools.takewhile(lambda known: known.startswith(word), self._known[at:])
        return list(itertools.islice(longer, MOST_COMPLETIONS))

    def _match(self, expression: str, limit: int) -> list[PassageHit]:
        with self._lock:
            rows = self._connection.execute(_SELECT, (OPEN, CLOSE, expression, limit)).fetchall()
        return [PassageHit(*row[:5]) for row in rows]


def _rows(pages: Iterable[DocumentPage]) -> Iterator[tuple[str, str, str, str, str]]:
    for page in pages:
        for passage in page.passages:
            lead = "" if passage.heading else page.summary + "\n"
            yield page.slug, passage.anchor, page.title, passage.heading, lead + words_of(passage.markdown)


def _words(query: str) -> list[str]:
    """The words that a query looks for, without the fillers of a question."""
    if len(query) > LONGEST_QUERY:
        raise Mistake("query", f"The query is longer than {LONGEST_QUERY} characters; send the key words only.")
    words = _WORD.findall(query)
    if not words:
        raise Mistake("query", "The query holds no word; send one or more words to look for.")
    return [word for word in words if word.lower() not in _FILLERS] or words
