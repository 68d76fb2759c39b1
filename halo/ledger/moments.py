"""Ids are UUIDv7: they begin with the time, so a stretch of time is a stretch of the index on ids."""

from __future__ import annotations

import datetime
import re

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def first_id(moment: datetime.datetime) -> str:
    """The lowest id that a row of this moment can have."""
    stamp = f"{max(0, int(moment.timestamp() * 1000)):012x}"
    return f"{stamp[:8]}-{stamp[8:]}-0000-0000-000000000000"


def is_id(text: str) -> bool:
    """Whether this can be an id of ours."""
    return _ID.fullmatch(text) is not None


def moment_of(identity: str) -> datetime.datetime:
    """When the row with this id was made."""
    return datetime.datetime.fromtimestamp(int(identity[:8] + identity[9:13], 16) / 1000, datetime.UTC)
