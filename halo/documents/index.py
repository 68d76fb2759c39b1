"""Full-text search over the pages: FTS5 in memory, Porter stems, prefixes, bm25 with weight on titles and headings."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from halo.documents.pages import Page, words_of
from halo.errors import Mistake

OPEN, CLOSE = "\x02", "\x03"
"""Round a hit inside an excerpt; control characters, so that nothing in a page or a query can forge one."""

LONGEST_QUERY = 400
MOST_WORDS = 16
"""Beyond this a question is a text; more words only cost time."""

_WORD = re.compile(r"[^\W_]+(?:[_'-][^\W_]+)*")
_FILLERS = frozenset(
    "a an and are as at be by can do does for from get how i in is it me my of on or our should that the this to use "
    "we what when where which who why will with you your".split()
)
_SELECT = """
    SELECT slug, anchor, title, heading, snippet(passages, 4, ?, ?, ' … ', 28) AS excerpt,
           bm25(passages, 0, 0, 6.0, 8.0, 1.0) AS rank
    FROM passages WHERE passages MATCH ? ORDER BY rank, rowid LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """One passage that answers a query; `excerpt` has the hits between OPEN and CLOSE."""

    slug: str
    anchor: str
    title: str
    heading: str
    excerpt: str


class Index:
    """The passages of some pages, searchable from any thread."""

    def __init__(self, pages: Iterable[Page]) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.execute(
            "CREATE VIRTUAL TABLE passages USING fts5(slug UNINDEXED, anchor UNINDEXED, title, heading, body, "
            "tokenize = 'porter unicode61 remove_diacritics 2', prefix = '2 3')"
        )
        self._connection.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", _rows(pages))

    def search(self, query: str, limit: int) -> list[Hit]:
        """The best passages: those that hold every word, or, when none does, those that hold any."""
        words = _words(query)
        return self._match(" ".join(words), limit) or self._match(" OR ".join(words), limit)

    def _match(self, expression: str, limit: int) -> list[Hit]:
        with self._lock:
            rows = self._connection.execute(_SELECT, (OPEN, CLOSE, expression, limit)).fetchall()
        return [Hit(*row[:5]) for row in rows]


def _rows(pages: Iterable[Page]) -> Iterator[tuple[str, str, str, str, str]]:
    for page in pages:
        for passage in page.passages:
            lead = "" if passage.heading else page.summary + "\n"
            yield page.slug, passage.anchor, page.title, passage.heading, lead + words_of(passage.markdown)


def _words(query: str) -> list[str]:
    """The words of a query as quoted FTS5 prefixes, so that no character of it is an operator."""
    if len(query) > LONGEST_QUERY:
        raise Mistake("query", f"The query is longer than {LONGEST_QUERY} characters; send the key words only.")
    words = _WORD.findall(query)
    if not words:
        raise Mistake("query", "The query holds no word; send one or more words to look for.")
    telling = [word for word in words if word.lower() not in _FILLERS] or words
    return [f'"{word}"*' for word in telling[:MOST_WORDS]]
