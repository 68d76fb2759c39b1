"""What the audit log keeps of arguments.

Values of parameters that a tool marks secret or that are named like one, tokens, card numbers and anything shaped like
a key are replaced in every mode but `full`; mode `none` keeps only the names of the arguments. Shaped like a key is
what has a prefix of a well-known vendor, a PEM private key, and a long word that mixes digits and letters as only
chance does; UUIDs, ids and cursors of ours, parts of addresses and e-mail addresses are not.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

REDACTED = "[redacted]"
LONGEST = 2000
"""Characters of one text value that the log keeps."""
SHORTEST = 12
"""Characters of the shortest credential that is known by its look: a prefix of four and eight more."""
LARGEST = 65_536
"""Characters of all arguments together; of larger ones only the names are kept, so that nobody fills the log."""
_LEAST = len(REDACTED)
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:pass(?:word|wd|phrase)?|secret|token|jwt|api_?key|authorization|credential|private_key|cvv|cvc)s?(?:$|_)"
)
_JOINT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
"""Between the words of a name, however it is spelled: access_token, accessToken, Access-Token."""
_KEY = re.compile(
    r"""(?x) \b (?:
      (?: halo_(?:at|rt|ac|cs|ss|in|ps)_ | ha_secret_ | sk_(?:live|test)_ | rk_(?:live|test)_ | whsec_
        | sk-(?:ant|proj|svcacct|admin|or)- | xox[abprs]- | xapp- | gh[pousr]_ | github_pat_ | glpat- | A[KS]IA | AIza
        | shp(?:at|ss|ca|pa)_ | pat-(?:na|eu)\d- | (?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\. ) [A-Za-z0-9_.\-/+]{8,}
    | (?: hf_ | npm_ | gsk_ | pypi- ) [A-Za-z0-9]{20,}
    | pa- (?=[A-Za-z_-]{0,40}\d) [A-Za-z0-9_-]{32,}
    | SG\. [A-Za-z0-9_-]{16,} \. [A-Za-z0-9_-]{16,} )"""
)
_PEM = re.compile(r"(?s)-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]{0,60}-----|\Z)")
_BEARER = re.compile(r"(?i)\bbearer\s+[a-z0-9._~+/=-]{8,}")
_LONG = re.compile(
    r"""(?ax) /[\w.~%-]++                                           # a part of an address or a path
    | (?<![\w@-]) (?: halo_client_ | ab_live_ | Wy[IJ] ) [\w-]++   # an id or a cursor of ours
    | (?<![\w@-]) (?:[a-z]++_)*+ (?P<word> [\w-]{32,}+ ) (?! [\w.+-]{0,64}@ )"""
)
"""Long words, and what stands before them where it says that they are none; words in front (`user_`) do not count."""
LONG = 32
SEAMS = 4
"""Places where a digit touches a letter: words, dates and versions have fewer, 32 characters by chance about eight."""
_SEAM = re.compile(r"(?a)\d(?=[A-Za-z])|[A-Za-z](?=\d)")
_HEX = re.compile(r"[0-9A-Fa-f]{64}")
_UUID = re.compile(
    r"(?i)(?<![0-9a-z])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|[0-9a-f]{12}[1-8][0-9a-f]{3}[89ab][0-9a-f]{15})(?![0-9a-z])"
)
"""Without hyphens it is told from a key by its version and variant."""
_CARD = re.compile(r"(?<![\d.])(?:\d[ -]?){13,19}(?![\d.])")


def redact(arguments: Any, mode: str, secret: frozenset[str] = frozenset()) -> Any:
    """The arguments as the log may keep them in this mode (full, redacted or none); `secret` are names marked so."""
    if mode == "none" or _is_larger(arguments, None if mode == "full" else LONGEST):
        return _names(arguments)
    return arguments if mode == "full" else _clean(arguments, 0, secret)


def text(value: str) -> str:
    """The text without anything that looks like a credential or a card number."""
    if len(value) < SHORTEST:
        return value
    value = value[: 2 * LONGEST]  # all that is kept and what could reach into it; more would only take time
    if "PRIVATE KEY" in value:
        value = _PEM.sub(REDACTED, value)
    value = _BEARER.sub(REDACTED, _KEY.sub(REDACTED, value))
    if len(value) >= LONG:
        value = _LONG.sub(lambda found: REDACTED if _is_by_chance(found["word"]) else found.group(), value)
    value = _CARD.sub(
        lambda found: REDACTED if _is_card(found.group()) and not _in_uuid(found) else found.group(), value
    )
    return value if len(value) <= LONGEST else value[:LONGEST] + "…"


def _is_larger(arguments: Any, longest: int | None) -> bool:
    """Whether the log would keep more than `LARGEST` of them, where no text is kept beyond `longest` characters.

    Asked before anything is cleaned: what is thrown away is not worth working through. A value counts for what may
    stand in its place at least.
    """
    left, parts = LARGEST, [arguments]
    while parts and left >= 0:
        part = parts.pop()
        left -= max(_LEAST, len(part[:longest])) if isinstance(part, str) else _LEAST
        if isinstance(part, dict):
            parts += part
            parts += part.values()
        elif isinstance(part, list):
            parts += part
    return left < 0


def _names(arguments: Any) -> Any:
    if not isinstance(arguments, Mapping):
        return None
    return {text(str(name))[:100]: REDACTED for name in list(arguments)[:100]}


def _clean(value: Any, depth: int, secret: frozenset[str]) -> Any:
    if isinstance(value, str):
        return text(value)
    if depth > 16:
        return REDACTED
    if isinstance(value, Mapping):
        return {
            text(str(name)): REDACTED
            if name in secret or is_secret_name(str(name)[:200])
            else _clean(part, depth + 1, secret)
            for name, part in value.items()
        }
    if isinstance(value, int) and 13 <= len(str(abs(value))) <= 19:
        return REDACTED if _is_card(str(abs(value))) else value
    return [_clean(part, depth + 1, secret) for part in value] if isinstance(value, list) else value


@functools.lru_cache(maxsize=1000)
def is_secret_name(name: str) -> bool:
    """Whether a value of this name is taken for a credential."""
    return _SECRET_NAME.search(_JOINT.sub("_", name).lower()) is not None


def _is_by_chance(word: str | None) -> bool:
    """Whether a long word is made of digits and letters as a key is; UUIDs in it do not count."""
    if word is None:
        return False
    rest = _UUID.sub("", word)
    return len(rest) >= LONG and (len(_SEAM.findall(rest)) >= SEAMS or _HEX.fullmatch(rest) is not None)


def _in_uuid(found: re.Match[str]) -> bool:
    return any(it.start() <= found.start() < it.end() for it in _UUID.finditer(found.string))


def _is_card(digits: str) -> bool:
    """Luhn's check, so that order numbers and telephone numbers stay readable."""
    total = 0
    for position, digit in enumerate(reversed([int(mark) for mark in digits if mark.isdigit()])):
        doubled = digit * 2 if position % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
