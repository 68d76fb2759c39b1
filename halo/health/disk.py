"""Whether the disk under the instance folder has room: for rows on SQLite, and for locks and counters everywhere."""

from __future__ import annotations

import os
from pathlib import Path

from halo.ground import limits

MEGABYTE = 1 << 20


def shortage(folder: Path) -> str | None:
    """What is lacking, as the end of a sentence; None where there is enough.

    Looked at anew each time, so that whoever makes room is done with it.
    """
    found = os.statvfs(folder)
    left = found.f_bavail * found.f_frsize
    if left >= limits.DISK_BYTES:
        return None
    return f"{left // MEGABYTE} MB left, needs {limits.DISK_BYTES // MEGABYTE}"
