"""How much structure a body of JSON may have, found on its bytes, before anything is built of it.

A megabyte holds 300,000 empty lists; parsed they are objects that every later step walks, in Python and under the
interpreter's lock. Bytes are counted in a millisecond. What stands inside strings does not count: where the first,
rough look finds too much, strings are taken out and it looks again.
"""

from __future__ import annotations

import re

from halo.ground import limits
from halo.ground.errors import Mistake

_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""One that nobody closed reaches to the end, so that each byte is looked at once whatever stands there."""
_OPENED, _CLOSED = b"[{", b"]}"
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(_OPENED + _CLOSED))


def check(body: bytes, most: int = limits.JSON_VALUES) -> None:
    """Raise `Mistake` for a body with too many values, or nested too deeply; whether it is JSON is not asked."""
    if _opened(body) <= limits.JSON_DEPTH and _values(body) <= most:
        return
    bare = _STRINGS.sub(b"", body)
    if _values(bare) > most:
        raise Mistake("body", f"The body holds more than {most:,} values. Send less at a time.")
    if _opened(bare) > limits.JSON_DEPTH and _depth(bare) > limits.JSON_DEPTH:
        raise Mistake("body", f"The body is nested deeper than {limits.JSON_DEPTH} levels.")


def _opened(body: bytes) -> int:
    return body.count(b"[") + body.count(b"{")


def _values(body: bytes) -> int:
    """Lists, objects, and what commas part."""
    return _opened(body) + body.count(b",")


def _depth(bare: bytes) -> int:
    depth = deepest = 0
    for sign in bare.translate(None, _ALL_BUT_BRACKETS):
        depth += 1 if sign in _OPENED else -1
        deepest = max(deepest, depth)
    return deepest
