"""What a process keeps of what it met last: bounded; the longest unused goes first, never everything at once.

cachetools keeps the order and the times. It moves an entry when it is read, so every access takes a lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import LRUCache, TTLCache

K = TypeVar("K")
V = TypeVar("V")
KEYS = 10_000
"""Keys of which `Seldom` knows at most when they were due; of one that it forgot it says "now", which is one write."""


class Recent(Generic[K, V]):
    """The entries that were used last, `most` of them."""

    def __init__(self, most: int) -> None:
        self._entries: LRUCache[K, V] = LRUCache(most)
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The entry, which counts as used."""
        with self._lock:
            try:
                return self._entries[key]
            except KeyError:
                return None

    def put(self, key: K, value: V) -> None:
        """Keep the entry; the longest unused one goes where there are too many."""
        with self._lock:
            self._entries[key] = value

    def drop(self, key: K) -> None:
        """Forget the entry, if there is one."""
        with self._lock:
            self._entries.pop(key, None)


class Seldom(Generic[K]):
    """For what is done for each key once in so many seconds at most, however often it is asked."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._done: TTLCache[K, bool] = TTLCache(KEYS, seconds, clock)
        self._lock = threading.Lock()

    def is_due(self, key: K) -> bool:
        """Whether it is to be done now: to one caller of many at once, and then not until the time is over."""
        with self._lock:
            if key in self._done:
                return False
            self._done[key] = True
            return True

    def forget(self) -> None:
        """Everything is due."""
        with self._lock:
            self._done.clear()
