"""How well a name fits what was typed: whole words then beginnings, initials, letters in order. Pure."""

from __future__ import annotations

import re

from halo.ground.text.folding import fold

WHOLE, BEGINS, INSIDE, INITIALS, SCATTERED = 100, 80, 50, 40, 20
_WORDS = re.compile(r"\w+")


def score(query: str, name: str, more: str = "") -> int:
    """0 when a typed word fits nowhere; otherwise the better, the higher. `more` counts for half."""
    total = 0
    name, more = fold(name), fold(more)
    for word in fold(query).split():
        best = max(_fit(word, name) or _scattered(word, name), _fit(word, more) // 2)
        if not best:
            return 0
        total += best
    return max(total - len(name) // 8, 1)


def _fit(word: str, text: str) -> int:
    words = _WORDS.findall(text.replace("_", " "))
    if word not in text:
        if len(word) > 1 and word in "".join(each[0] for each in words):
            return INITIALS
        return 0
    if word in words:
        return WHOLE
    if any(each.startswith(word) for each in words):
        return BEGINS
    return INSIDE


def _scattered(word: str, name: str) -> int:
    """Letters in order are looked for in names only: a sentence holds almost any three."""
    return SCATTERED if len(word) > 2 and _in_order(word, name) else 0


def _in_order(word: str, text: str) -> bool:
    """Whether the letters stand in the text in this order, beginning where a word of it begins."""
    for start in re.finditer(rf"(?<![^\W_]){re.escape(word[0])}", text):
        rest = iter(text[start.start() : start.start() + 3 * len(word)])
        if all(letter in rest for letter in word):
            return True
    return False
