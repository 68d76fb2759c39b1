"""How a text is cut into the terms by which it is found, and a query into what is looked for. Pure.

Both happen here and nowhere else, so that both databases hold and look up the same terms. A text is folded, then cut:
a word with its marks is one term, with its English stem and its letters without accents beside it; of a run in a script
that sets no spaces every sign and every pair of neighbours is one, so that a name inside a longer one is found.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import snowballstemmer

from halo.folding import fold, without_accents

LONGEST_WORD = 60
"""Characters of a word that count; longer ones are keys and links."""
MOST_WORDS = 24
"""Words of one query that are looked for."""
_SHORTEST_STEM = 3
_SHORTEST_BEGINNING = 2
"""A single letter begins too much; it has to stand alone."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"  # CJK
)
FILLERS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can d did do does for from had has have how i in is it ll me my of on or our re s t "
        "that the them there these they this those to ve was we were what when where which who whom whose why with you "
        "your",
    )
)
"""Words that say nothing; looked for only where a query has no others."""
ASIDES = frozenset(
    re.findall(
        r"\w+",
        "about after again all also any anybody anyone anything ask asked asking asks been before being but "
        "chat chats client clients complain complained complaining complains complaint complaints "
        "conversation conversations could customer customers every ever find get gets getting give gave given "
        "got happened happening he her his if into issue issues just know last latest list look lately many "
        "message messages most much need needs never new no not now one people person please problem problems "
        "question questions recent recently reply replied request requests say saying says see she should "
        "show so some somebody someone still tell telling tells than their then thing things ticket tickets "
        "time told today transcript transcripts trouble us user users said want wanted wants week weeks "
        "whether without would write writes wrote yesterday yet",
    )
)
"""Words of a question that say little about its subject: they move a record up, but none has to hold them."""


@dataclass(frozen=True, slots=True)
class Sought:
    """One word of a query: it is found where a text has one of the whole terms, a term that begins so, or all pairs."""

    word: str
    whole: tuple[str, ...]
    begins: tuple[str, ...]
    pairs: tuple[str, ...] = ()
    """Of a run without spaces; then nothing else counts."""
    is_aside: bool = False

    def is_in(self, found: frozenset[str]) -> bool:
        """Whether the terms of a text hold it."""
        if self.pairs:
            return found.issuperset(self.pairs)
        if not found.isdisjoint(self.whole):
            return True
        return bool(self.begins) and any(term.startswith(self.begins) for term in found)


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for, and the words of it that are too many."""

    words: tuple[Sought, ...]
    left_out: tuple[str, ...] = ()

    @property
    def demanded(self) -> tuple[Sought, ...]:
        """The words that a record has to hold to fit in full."""
        return tuple(word for word in self.words if not word.is_aside) or self.words


def terms_of(text: str) -> Iterator[str]:
    """Every term of a text."""
    for run in _cut(fold(text)):
        if _is_unspaced(run):
            yield from run
            yield from _pairs(run)
        else:
            yield from _forms(run[:LONGEST_WORD])


def read(query: str, *, asides: frozenset[str] = frozenset()) -> Query:
    """What a query looks for, each word once; `asides` need not be found. Without any word it looks for nothing."""
    said = list(dict.fromkeys(_cut(fold(query))))
    words = [word for word in said if word not in FILLERS] or said
    return Query(tuple(_sought(word, asides) for word in words[:MOST_WORDS]), tuple(words[MOST_WORDS:]))


def places(text: str, words: Sequence[Sought]) -> dict[str, int]:
    """For each of the words that a text holds, where it stands first."""
    found: dict[str, int] = {}
    for run in _runs().finditer(text):
        terms = _terms_of_run(run[0])
        for word in words:
            if word.word not in found and word.is_in(terms):
                found[word.word] = run.start()
    return found


def _sought(word: str, asides: Iterable[str]) -> Sought:
    if _is_unspaced(word):
        return Sought(word, (), (), tuple(_pairs(word)) or (word,))
    word = word[:LONGEST_WORD]
    forms = _forms(word)
    begins = tuple(dict.fromkeys((word, without_accents(word)))) if len(word) >= _SHORTEST_BEGINNING else ()
    return Sought(word, forms, begins, is_aside=word in asides)


@lru_cache(maxsize=50_000)
def _forms(word: str) -> tuple[str, ...]:
    """A word, the same without accents, and its stem."""
    return tuple(dict.fromkeys((word, without_accents(word), _stem(word))))


@lru_cache(maxsize=20_000)
def _terms_of_run(run: str) -> frozenset[str]:
    return frozenset(terms_of(run))


def _stem(word: str) -> str:
    if not word.isascii() or not word.isalpha() or len(word) < _SHORTEST_STEM:
        return word
    with _stemming:
        return str(_stemmer.stemWord(word))


_stemmer = snowballstemmer.stemmer("english")
_stemming = threading.Lock()
"""A stemmer holds the word that it works on."""


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


def _is_unspaced(run: str) -> bool:
    return _unspaced().match(run) is not None


def _cut(folded: str) -> list[str]:
    return _runs().findall(folded)


@cache
def _unspaced() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}]")


@cache
def _runs() -> re.Pattern[str]:
    """Runs of letters, digits and the marks on them; a script without spaces has runs of its own."""
    marks = "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M")
    spaced = f"(?:[^\\W_]|[{marks}\u200c\u200d\u00ad])"
    return re.compile(f"(?:(?=[{_UNSPACED}])[\\w{marks}])+|(?:(?![{_UNSPACED}]){spaced})+")
