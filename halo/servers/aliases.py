"""What a model calls a tool of a connected server: `<slug>__<tool>`, within what clients bear of a name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container

LONGEST = 64
HASH = 6
"""Signs of the digest that stands in the place of a tail."""
_FOREIGN = re.compile(r"[^A-Za-z0-9_-]")


def alias(slug: str, name: str, taken: Container[str] = ()) -> str:
    """The name for a tool: where it would be too long, hold what clients refuse, or be taken, its tail is replaced by
    a short hash of the original name, the same every time; a longer one where somebody made two names meet."""
    plain = _FOREIGN.sub("_", f"{slug}__{name}")
    if plain == f"{slug}__{name}" and len(plain) <= LONGEST and plain not in taken:
        return plain
    whole = hashlib.sha256(name.encode()).hexdigest()
    short = (f"{plain[: LONGEST - length - 1]}_{whole[:length]}" for length in (HASH, 2 * HASH, 3 * HASH, 4 * HASH))
    return next((each for each in short if each not in taken), f"{plain[:3]}_{whole[: LONGEST - 4]}")
