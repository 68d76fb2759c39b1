"""Signs that nobody sees: what they are, and a text without them.

A filter, an id or a word with such a sign in it looks like the one without, and fits nothing. So they are dropped where
text arrives. Joiners and variation selectors stay behind signs that they can change: names are written with them.
"""

from __future__ import annotations

import unicodedata

_JOINERS = frozenset("\u200c\u200d")
_SELECTORS = frozenset(chr(code) for code in (*range(0xFE00, 0xFE10), *range(0x180B, 0x180E), 0x180F))
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0")
"""Letters and marks by their category, and yet nothing is drawn for them."""
_SPACES = str.maketrans(dict.fromkeys("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029", " "))


def is_invisible(sign: str) -> bool:
    """Whether nothing is drawn for this sign: controls, directions, fillers, tags, joiners, selectors."""
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs") or sign in _BLANK or sign in _SELECTORS


def visible(text: str) -> str:
    """The text as it is seen: without invisible signs, and without white space at its ends."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = text.translate(_SPACES)
    kept = (sign for at, sign in enumerate(text) if not is_invisible(sign) or _works(text, at))
    return "".join(kept).strip()


def _works(text: str, at: int) -> bool:
    """Whether the joiner or selector at this place changes how its neighbours are drawn; between Latin letters none."""
    if text[at] in _SELECTORS:
        return at > 0 and _is_drawn(text[at - 1])
    return text[at] in _JOINERS and 0 < at < len(text) - 1 and _is_drawn(text[at - 1]) and _is_drawn(text[at + 1])


def _is_drawn(sign: str) -> bool:
    return not sign.isascii() and not sign.isspace() and (sign in _SELECTORS or not is_invisible(sign))
