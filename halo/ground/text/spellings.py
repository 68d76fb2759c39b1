"""Every spelling of a text as one regular expression, for columns that are searched where they stand.

The rule that must not break: it fits what `halo.ground.text.folding.fold` takes for the same, and means the same to
both databases. Where a text can be kept folded beside what was written, that is cheaper; a log of a million calls is
not kept twice.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from halo.ground.text.folding import DOTLESS_I, fold, is_unseen

_BEYOND = 0x30000
"""Whatever folds into something else stands below."""
_LONGEST = 8
"""Letters into which one sign folds, at most: `ß` is two, `㍿` four. Of more there is but a blessing, `ﷺ`."""
_TOGETHER = 6
"""Letters that are looked at together because one sign may end where another begins; the ways of many are very many."""


def fits(wanted: str, text: str | None) -> bool:
    """Whether the text stands there; for SQLite, which has no regular expressions of its own."""
    return text is not None and _compiled(wanted).search(text) is not None


@functools.lru_cache(maxsize=32)
def _compiled(wanted: str) -> re.Pattern[str]:
    return re.compile(pattern(wanted))


@functools.lru_cache(maxsize=32)
def pattern(text: str) -> str:
    """Fits wherever the text stands, in any case, composed or not, and with signs in it that nobody sees."""
    folded, parts, at = fold(text), [], 0
    while at < len(folded):
        length = _length(folded, at)
        parts.append(_ways(folded[at : at + length]))
        at += length
    return _unseen().join(parts)


def _length(folded: str, at: int) -> int:
    """Letters from here on that depend on each other, because some of them may stand as one sign."""
    here, end = at, at + 1
    while here < end < at + _TOGETHER:
        longest = next((size for size in range(_LONGEST, 1, -1) if folded[here : here + size] in _signs()), 1)
        end = max(end, here + longest if here == at else min(here + longest, at + _TOGETHER))
        here += 1
    return end - at


@functools.lru_cache(maxsize=1_000)
def _ways(folded: str) -> str:
    """These letters as they may stand: the first, or one sign for the first few, and the ways of what follows."""
    ways = []
    for size in range(1, len(folded) + 1):
        if size == 1 or folded[:size] in _signs():
            first = _letter(folded[0]) if size == 1 else _class(_signs()[folded[:size]])
            ways.append(first + (_unseen() + _ways(folded[size:]) if folded[size:] else ""))
    return _any_of(ways)


@functools.cache
def _letter(letter: str) -> str:
    """One letter as it may stand: whatever folds into it, or its parts one after the other."""
    ways = [_class(letter + _signs().get(letter, ""))]
    parts = unicodedata.decomposition(letter).split() or [f"{ord(it):x}" for it in unicodedata.normalize("NFD", letter)]
    if len(parts) > 1 and not parts[0].startswith("<"):
        ways.append("".join(_letter(chr(int(part, 16))) for part in parts))
    return _any_of(ways) + ("\N{COMBINING DOT ABOVE}?" if letter == "i" else "")


def _class(signs: str) -> str:
    return re.escape(signs) if len(signs) == 1 else f"[{re.escape(signs)}]"


def _any_of(ways: list[str]) -> str:
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


@functools.cache
def _signs() -> dict[str, str]:
    """The signs that fold into something else, by what they fold into."""
    signs: dict[str, str] = {}
    for sign in map(chr, range(_BEYOND)):
        if sign.casefold() != sign or sign == DOTLESS_I or not unicodedata.is_normalized("NFKC", sign):
            folded = fold(sign)
            signs[folded] = signs.get(folded, "") + sign
    return signs


@functools.cache
def _unseen() -> str:
    """Any number of signs that folding drops."""
    codes = [code for plane in (range(0x10000), range(0xE0000, 0xE0080)) for code in plane if is_unseen(code)]
    begins = [code for at, code in enumerate(codes) if at == 0 or codes[at - 1] != code - 1]
    ends = [code for at, code in enumerate(codes, 1) if at == len(codes) or codes[at] != code + 1]
    return f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in zip(begins, ends, strict=True))}]*"
