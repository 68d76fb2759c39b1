"""Tools that a test declares for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from halo import tool
from halo.tool import Tool


@contextmanager
def declared(*tools: Tool) -> Iterator[None]:
    """Every workspace has these meanwhile."""
    for one in tools:
        tool.register(one)
    try:
        yield
    finally:
        for one in tools:
            tool.forget(one.name)
