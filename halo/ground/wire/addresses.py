"""Composing addresses: the one place where parameters are written into one; and what a path may not hide.

A space is `%20` and a plus is `%2B`, never a bare `+`: half of the decoders in the field read that as a space and half
as a plus, so a `state` that was written with one comes back as another (VS Code: "State does not match").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

_DOTS = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)
READABLE = "!$'()*,/:;?@"
"""What may stay as it is in the query of an address that only our own pages read."""


def query(parameters: Mapping[str, str] | Iterable[tuple[str, str]], *, bare: str = "") -> str:
    """The parameters as every decoder reads them."""
    pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
    return urlencode(list(pairs), safe=bare, quote_via=quote)


def extended(address: str, parameters: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """The address, byte for byte, with the parameters behind it."""
    joint = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
    return address + joint + query(parameters)


def has_dots(path: str) -> bool:
    """Whether a segment is `.` or `..`, however it is spelled: who follows the address ends at another one."""
    return _DOTS.search(path) is not None
