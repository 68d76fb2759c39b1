"""Waiting for what another thread or process does, and not a moment longer."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(happened: Callable[[], object], seconds: float = 15) -> None:
    """Return as soon as it happened; fails the test where it does not in so many seconds."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.002)
