"""What the audit log keeps of arguments.

Values of parameters marked secret, tokens, card numbers and anything shaped like a key are replaced in every mode but
`full`; mode `none` keeps only the names of the arguments.
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
    r"(?x) \b(?: halo_(?:at|rt|ac|cs|ss|in|ps)_ | ha_secret_ | sk_(?:live|test)_ | rk_(?:live|test)_ | whsec_ "
    r"| xox[abprs]- "
    r"| gh[pousr]_ "
    r"| github_pat_ | glpat- | AKIA | AIza | (?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\. ) [A-Za-z0-9_.\-/+]{8,}"
)
_BEARER = re.compile(r"(?i)\bbearer\s+[a-z0-9._~+/=-]{8,}")
_CARD = re.compile(r"(?<![\d.])(?:\d[ -]?){13,19}(?![\d.])")


def redact(arguments: Any, mode: str) -> Any:
    """The arguments as the log may keep them in this mode: full, redacted or none."""
    if mode == "none" or _is_larger(arguments, None if mode == "full" else LONGEST):
        return _names(arguments)
    return arguments if mode == "full" else _clean(arguments, 0)


def text(value: str) -> str:
    """The text without anything that looks like a credential or a card number."""
    if len(value) < SHORTEST:
        return value
    value = value[: 2 * LONGEST]  # all that is kept and what could reach into it; more would only take time
    value = _BEARER.sub(REDACTED, _KEY.sub(REDACTED, value))
    value = _CARD.sub(lambda found: REDACTED if _is_card(found.group()) else found.group(), value)
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


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return text(value)
    if depth > 16:
        return REDACTED
    if isinstance(value, Mapping):
        return {
            text(str(name)): REDACTED if _is_secret(str(name)[:200]) else _clean(part, depth + 1)
            for name, part in value.items()
        }
    if isinstance(value, int) and 13 <= len(str(abs(value))) <= 19:
        return REDACTED if _is_card(str(abs(value))) else value
    return [_clean(part, depth + 1) for part in value] if isinstance(value, list) else value


@functools.lru_cache(maxsize=1000)
def _is_secret(name: str) -> bool:
    return _SECRET_NAME.search(_JOINT.sub("_", name).lower()) is not None


def _is_card(digits: str) -> bool:
    """Luhn's check, so that order numbers and telephone numbers stay readable."""
    total = 0
    for position, digit in enumerate(reversed([int(mark) for mark in digits if mark.isdigit()])):
        doubled = digit * 2 if position % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
