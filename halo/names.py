"""What a name is, whoever types it, and at whichever door."""

from __future__ import annotations

import re

_SLUG = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,39}")


def slug(text: str) -> str | None:
    """The short name of a workspace that the text spells, in whatever case; None where it can be none."""
    return text.lower() if text.isascii() and _SLUG.fullmatch(text.lower()) else None
