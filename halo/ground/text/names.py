"""What a name and an address are, whoever types them and at whichever door: the one place that decides.

A name is what people tell apart by looking, so every sign of it has to be seen: control, direction and invisible signs
are refused in words that say which, wherever a person or a site sends them; of what a client says of itself they are
dropped, because nobody is there to type it again. Joiners stay where letters join (`علی‌رضا`, a family of emoji), and
nowhere else. Names that are chosen here are kept in their compatibility form (NFKC), so that two that look alike are
alike; what a workspace's site tells of its customers is kept as it was sent. What only looks like a known name is
`halo.ground.text.lookalikes`.
"""

from __future__ import annotations

import re
import unicodedata

from halo.ground.errors import Mistake
from halo.ground.text.folding import mail

_SLUG = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,39}")
_ADDRESS = re.compile(r"[^\s@<>\"(),;:\\\[\]]{1,64}@[^\s@.<>\"'(),;:\\\[\]]+(?:\.[^\s@.<>\"'(),;:\\\[\]]+)+")
"""RFC 5321's dot-string and a host with a dot, in any script; an apostrophe is as good as a letter (`o'brien@…`)."""
NAME_CHARACTERS, ADDRESS_CHARACTERS = 200, 320
_JOINERS = "\u200c\u200d"
_ALONE = re.compile(rf"(?:(?<=\s)|^)[{_JOINERS}]+|[{_JOINERS}]+(?=\s|$)")
"""Joiners that join nothing: typed at the end of a word, they say nothing."""
_NEVER_JOINED = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "DIGIT", "CJK", "HANGUL", "HIRAGANA", "KATAKANA"})
_SEEN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Signs that Unicode files with the formatting ones although they are printed."""
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0\ufff0-\ufff8\ufffe\uffff\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
"""Letters, marks and places of Unicode that print nothing: fillers, the blank of Braille, tags."""


def slug(text: str) -> str | None:
    """The short name of a workspace that the text spells, in whatever case; None where it can be none."""
    return text.lower() if text.isascii() and _SLUG.fullmatch(text.lower()) else None


def chosen(text: str, field: str, longest: int = NAME_CHARACTERS, *, of: str = "name") -> str:
    """The name that somebody typed, as it is kept: NFKC, one space between words. Raises `Mistake`."""
    text = _ALONE.sub("", text)
    if problem := fault(text):
        raise Mistake(field, f"The {of} {problem}.")
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not 0 < len(name) <= longest:
        raise Mistake(field, f"Enter a {of} of at most {longest} characters.")
    return name


def declared(text: str) -> str:
    """What a client calls itself, on one line, a space for each sign that nobody sees; empty where none is left."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    seen = "".join(" " if is_unseen(text, at) else sign for at, sign in enumerate(text))
    name = " ".join(_ALONE.sub("", unicodedata.normalize("NFKC", seen)).split())
    return "" if fault(name) else name


def visible(text: str) -> str:
    """What is seen of an identifier, a filter or a word that somebody sent: the signs that nobody sees are dropped, and
    white space at the ends."""
    text = _ALONE.sub("", text)
    return "".join(sign for at, sign in enumerate(text) if not is_unseen(text, at)).strip()


def fault(text: str) -> str | None:
    """What keeps the text from being a name, as the end of a sentence: the first sign that nobody sees; None for
    nothing."""
    if text.isascii() and text.isprintable():
        return None
    unseen = next((sign for at, sign in enumerate(text) if is_unseen(text, at)), None)
    if unseen:
        called = unicodedata.name(unseen, "a sign without a name").lower()
        return f"holds U+{ord(unseen):04X} ({called}), which nobody sees; send it without"
    if text and not text.isspace() and all(unicodedata.category(sign)[0] in "MZC" for sign in text):
        return "has no letter or sign of its own"
    return None


def is_unseen(text: str, at: int) -> bool:
    """Whether nobody sees the sign at this place: control, direction, format, and joiners that join nothing."""
    sign = text[at]
    if sign.isspace():
        return unicodedata.category(sign) == "Cc" and sign not in "\t\n\r"
    if sign in _JOINERS:
        return not _joins(text[at - 1 : at], text[at + 1 : at + 2])
    if "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef":
        return at == 0 or text[at - 1].isspace()  # which form the sign before has
    kind = unicodedata.category(sign)
    return _UNSEEN.match(sign) is not None or (kind in ("Cc", "Cf", "Co", "Cs") and sign not in _SEEN)


def _joins(before: str, after: str) -> bool:
    """Whether a joiner between the two changes how they look. Beside a space it joins nothing and is left out."""
    if not before.strip() or not after.strip():
        return False
    return not {before, after} & set(_JOINERS) and not {_script(before), _script(after)} & _NEVER_JOINED


def _script(sign: str) -> str:
    return unicodedata.name(sign, "").partition(" ")[0]


def address(text: str, field: str = "email") -> str:
    """The e-mail address as it is kept; raises `Mistake`."""
    key = address_key(text)
    if problem := fault(key):
        raise Mistake(field, f"The e-mail address {problem}.")
    if not is_address(key):
        raise Mistake(field, "Enter an e-mail address such as ana@example.com.")
    return key


def is_address(key: str) -> bool:
    """Whether this is an e-mail address, spelled as it is kept."""
    return len(key) <= ADDRESS_CHARACTERS and _ADDRESS.fullmatch(key) is not None and not fault(key)


def address_key(text: str) -> str:
    """The spelling under which an e-mail address is kept and looked for, whether it is one or not."""
    return mail(text)
