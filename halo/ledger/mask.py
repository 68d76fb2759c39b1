"""Personal data in the arguments of calls, hidden from those who may not read it (permission `audit:payloads`).

Names of people cannot be told from other words, so every free text of a call that looks customers up is masked, and
in all others whatever looks like an e-mail address or a telephone number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLAIN_TOOLS = ("search_docs", "read_doc", "setup_")
"""Tools whose arguments speak of the product, not of people."""
_OPEN_NAMES = frozenset(
    [
        "status",
        "priority",
        "plan",
        "sort",
        "order",
        "limit",
        "kind",
        "mood",
        "outcome",
        "framework",
        "language",
        "industry",
        "since",
        "until",
        "page",
        "channel",
        "slug",
        "renewal_status",
        "rating",
        "event_type",
        "metric",
        "bucket",
    ]
)
"""Arguments whose values are words of ours."""
LARGEST = 9_999_999
"""Longer numbers can be somebody's telephone or account."""
_EMAIL = re.compile(r"[\w.+-]++(?:['’][\w.+-]++)*+(@[\w-]+(?:\.[\w-]+)+)?")
"""An e-mail address; or, so that nothing is looked at twice, a word that is none (then without its group)."""
_PHONE = re.compile(r"(?<![\w-])(?:(\+?\d(?:[\s().-]?\d){6,}(?![\w-]))|\d(?:[\s().-]?\d)*+)")
"""A telephone number; or, for the same reason, digits that are none."""


def masked(arguments: Any, tool: str | None) -> Any:
    """The arguments without personal data."""
    is_plain = (tool or "").startswith(_PLAIN_TOOLS)
    return _masked(arguments, is_open=is_plain)


def text(value: str) -> str:
    """The text with e-mail addresses and telephone numbers hidden."""
    if "@" in value:
        value = _EMAIL.sub(lambda found: _email(found.group()) if found[1] else found.group(), value)
    return _PHONE.sub(lambda found: "•••" if found[1] else found.group(), value)


def _masked(value: Any, *, is_open: bool) -> Any:
    if isinstance(value, Mapping):
        return {
            text(str(name)): _masked(part, is_open=is_open or str(name) in _OPEN_NAMES) for name, part in value.items()
        }
    if isinstance(value, list):
        return [_masked(part, is_open=is_open) for part in value]
    if isinstance(value, (int, float)) and abs(value) > LARGEST:
        return "•••"
    if not isinstance(value, str):
        return value
    return text(value) if is_open else _short(value)


def _short(value: str) -> str:
    """Enough to tell two values apart for somebody who knows them, too little to learn them."""
    address = _EMAIL.fullmatch(value)
    if address and address[1]:
        return _email(value)
    return f"{value[:1]}•••" if value else value


def _email(address: str) -> str:
    name, _, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}"
