"""How a text is cut into the terms by which it is found, and a query into what is looked for. Pure.

Both happen here and nowhere else, so that both databases hold and look up the same terms. A text is folded, then cut:
a word with its marks is one term, with its English stem and its letters without accents beside it; of a run in a script
that sets no spaces every sign and every pair of neighbours is one, so that a name inside a longer one is found.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import snowballstemmer

from halo.ground.text.folding import fold, without_accents

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
        "about after again agent agents all also any anybody anyone anything ask asked asking asks assistant "
        "been before being bot but chat chats client clients complain complained complaining complains "
        "complaint complaints conversation conversations could customer customers ever every everybody "
        "everyone find gave get gets getting give given got happened happening he her his if into issue "
        "issues just know last lately latest list look many message messages most much need needs never new "
        "no not now one people person please problem problems question questions recent recently replied "
        "reply request requests said say saying says see she should show so some somebody someone still tell "
        "telling tells than their then thing things ticket tickets time today told transcript transcripts "
        "trouble us user users want wanted wants week weeks whether without would write writes wrote "
        "yesterday yet",
    )
)
"""Words of a question that say little about its subject: they move a record up, but none has to hold them."""

_KIN = (
    "double twice duplicate",
    "sum total",
    "refund reimburse repay",
    "cancel terminate churn quit",
    "broken fail crash error bug",
    "stop halt",
    "wrong incorrect false",
    "slow sluggish lag",
    "delete remove erase",
    "annual yearly",
    "price cost fee",
    "mail email",
    "picture image photo",
    "login logon signin",
    "hidden hide invisible",
    "buy purchase order",
)
"""Words that customers and those who ask about them use for the same; a question finds one by the other."""


@dataclass(frozen=True, slots=True)
class Sought:
    """One word of a query: it is found where a text has one of the whole terms, a term that begins so, or all pairs."""

    word: str
    whole: tuple[str, ...]
    begins: tuple[str, ...]
    pairs: tuple[str, ...] = ()
    """Of a run without spaces; then nothing else counts."""
    is_aside: bool = False
    kin: tuple[str, ...] = ()
    """Terms of words that mean the same."""

    def is_in(self, found: frozenset[str]) -> bool:
        """Whether the terms of a text hold it."""
        if self.pairs:
            return found.issuperset(self.pairs)
        if not (found.isdisjoint(self.whole) and found.isdisjoint(self.kin)):
            return True
        return bool(self.begins) and any(term.startswith(self.begins) for term in found)


@dataclass(frozen=True, slots=True)
class TermQuery:
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


def read(query: str, *, is_question: bool = False) -> TermQuery:
    """What a query looks for, each word once; without any word it looks for nothing.

    In a question, beside names and words, some words are asides, and some stand for others that mean the same.
    """
    said = list(dict.fromkeys(_cut(fold(query))))
    words = [word for word in said if word not in FILLERS] or said
    return TermQuery(tuple(_sought(word, is_question) for word in words[:MOST_WORDS]), tuple(words[MOST_WORDS:]))


def places(text: str, words: Sequence[Sought]) -> dict[str, int]:
    """For each of the words that a text holds, where it stands first."""
    found: dict[str, int] = {}
    for run in _runs().finditer(text):
        terms = _terms_of_run(run[0])
        for word in words:
            if word.word not in found and word.is_in(terms):
                found[word.word] = run.start()
    return found


def _sought(word: str, is_question: bool) -> Sought:
    if _is_unspaced(word):
        return Sought(word, (), (), tuple(_pairs(word)) or (word,))
    word = word[:LONGEST_WORD]
    forms = _forms(word)
    begins = tuple(dict.fromkeys((word, without_accents(word)))) if len(word) >= _SHORTEST_BEGINNING else ()
    if not is_question:
        return Sought(word, forms, begins)
    kin = _kin().get(_stem(word), frozenset()) - {_stem(word)}
    return Sought(word, forms, begins, is_aside=word in ASIDES, kin=tuple(sorted(kin)))


@cache
def _kin() -> dict[str, frozenset[str]]:
    """By stem, the stems that mean the same."""
    groups = (frozenset(_stem(word) for word in group.split()) for group in _KIN)
    return {stem: group for group in groups for stem in group}


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
