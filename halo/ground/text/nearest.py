"""The names that come nearest to one that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from halo.ground.text.folding import fold

ALIKE = 0.66
"""From this share of equal letters on a name counts as near."""
MOST = 3
"""Names that are told."""
SOME = 8
"""Names that are told where none is near."""
_PARTS = re.compile(r"[^\W_]+")


def near(name: str, names: Iterable[str]) -> list[str]:
    """Those of the names that are most like it, as a whole or in one of their words, the nearest first."""
    wanted = fold(name)
    scored = ((max(_alike(wanted, part) for part in _parts(known)), known) for known in dict.fromkeys(names) if known)
    found = sorted(((score, known) for score, known in scored if score >= ALIKE), key=lambda it: (-it[0], it[1]))
    return [known for _, known in found[:MOST]]


def told(name: str, names: Iterable[str]) -> str:
    """The nearest as a sentence; where none is near, what there is; empty where there is nothing."""
    known = sorted({one for one in names if one})
    if found := near(name, known):
        return f" The nearest: {', '.join(found)}."
    if len(known) < 2:
        return f" There is only {known[0]}." if known else ""
    more = f" and {len(known) - SOME} more" if len(known) > SOME else ""
    return f" There are {', '.join(known[:SOME])}{more}."


def meant(name: str, names: Iterable[str]) -> str:
    """The nearest as a question; empty where none is near."""
    found = near(name, names)
    return f" Did you mean {found[0]}?" if found else ""


def _parts(name: str) -> list[str]:
    whole = fold(name)
    return [whole, *_PARTS.findall(whole)]


def _alike(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0
