"""One way to compare texts whatever their case, and to search in them; both sides are folded by the same function.

The database never folds: SQLite knows ASCII only, PostgreSQL what its locale says. What is looked up by a folded text
is kept folded beside what was written; the audit log is searched for every spelling instead
(`halo.ground.text.spellings`).
"""

from __future__ import annotations

import unicodedata

import idna

DOTLESS_I = "\N{LATIN SMALL LETTER DOTLESS I}"
_DOTTED_I = "i\N{COMBINING DOT ABOVE}"
_SELECTORS = (*range(0xFE00, 0xFE10), *range(0x180B, 0x1810), 0x034F)
"""Marks that choose between drawings of one letter, and the joiner that draws nothing."""


def is_unseen(code: int) -> bool:
    """Whether folding drops this sign: a joiner, a soft hyphen, a mark of direction or of drawing."""
    return code in _SELECTORS or unicodedata.category(chr(code)) == "Cf"


class _Drawn(dict[int, int | None]):
    """For `str.translate`: what is drawn stays; joiners, soft hyphens and marks of direction go."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if is_unseen(code) else code
        return self[code]


_DRAWN = _Drawn()


def fold(text: str) -> str:
    """The text as it is compared: upper and lower case, composed and decomposed letters, wide and narrow ones are one.

    Accents stay. So that a text fits itself in upper and in lower case in every language, all four of the Turkish
    i are one. Folding twice changes nothing.
    """
    if text.isascii():
        return text.lower()
    return _folded(_folded(text.translate(_DRAWN)).translate(_DRAWN))


def _folded(text: str) -> str:
    """The same, with what nobody sees still in it."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold()).casefold()
    return unicodedata.normalize("NFKC", plain.replace(DOTLESS_I, "i").replace(_DOTTED_I, "i"))


def is_same(one: str | None, other: str | None) -> bool:
    """Whether two texts are one, whatever their case; nothing is the same as nothing."""
    return fold(one or "") == fold(other or "")


def without_accents(folded: str) -> str:
    """A folded text with the bare letters of Latin and Greek; what looks like accents in other scripts spells words."""
    if folded.isascii():
        return folded
    bare: list[str] = []
    for sign in unicodedata.normalize("NFD", folded):
        if not (unicodedata.combining(sign) and bare and ord(bare[-1]) < 0x400):
            bare.append(sign)
    return unicodedata.normalize("NFC", "".join(bare))


def host(text: str) -> str:
    """A host in the one spelling in which hosts are compared, as people read it: `bücher.example`, not `xn--...`."""
    text = text.strip().rstrip(".")
    if text.isascii() and "xn--" not in text.lower():
        return text.lower()
    if text != text.translate(_DRAWN):
        return _folded(text)
    try:
        return idna.decode(text, uts46=True)
    except idna.IDNAError:
        return _folded(text)


def wire_host(text: str) -> str:
    """The same host as the name system spells it: `xn--bcher-kva.example`."""
    known = host(text)
    try:
        return known if known.isascii() else idna.encode(known).decode("ascii")
    except idna.IDNAError:
        return known


def domain(text: str) -> str:
    """A company's domain as it is compared: its host, without www."""
    return host(text).removeprefix("www.")


def mail(text: str) -> str:
    """An e-mail address as it is compared: folded, with the one spelling of its host.

    A sign that nobody sees stays: with it the address is another one, which `halo.ground.text.names` refuses.
    """
    name, at, where = unicodedata.normalize("NFKC", text).strip().rpartition("@")
    return _folded(name) + at + host(where) if at else _folded(where)
