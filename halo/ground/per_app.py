"""What a process keeps for each of its apps: settings, keys, counters, connections, caches.

Two apps in one process share none of it. Whoever keeps something declares it once, beside what uses it, and asks for it
inside an app context; it is made at its first use there, and ends with `close`:

    _vault = PerApp(lambda: Vault.from_settings(settings.current()))

What belongs to the process, whoever's request it is, stands in modules as before: the pool of Halo's own requests, the
places of passwords and pictures, the numbers of the telemetry, the lock of a database file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from flask import Flask, current_app

T = TypeVar("T")
KEPT = "halo.kept"
_ABSENT = object()


def begin(app: Flask) -> None:
    """From now on the app can keep things."""
    app.extensions[KEPT] = {}


def close(app: Flask) -> None:
    """End everything that is kept for the app, what was made last first; whoever asks later gets new things."""
    with app.app_context():
        kept = _kept()
        while kept:
            declared, value = kept.popitem()
            declared.end(value)


class PerApp(Generic[T]):
    """A value of which every app has its own."""

    def __init__(self, make: Callable[[], T], *, end: Callable[[T], None] = lambda _: None) -> None:
        """`make` makes it inside the app's context; `end` gives up what it holds open."""
        self._make, self.end = make, end
        self._lock = threading.RLock()

    def get(self) -> T:
        """The current app's."""
        kept = _kept()
        value: Any = kept.get(self, _ABSENT)
        if value is _ABSENT:
            with self._lock:
                value = kept.get(self, _ABSENT)
                if value is _ABSENT:
                    value = kept[self] = self._make()
        return cast(T, value)


def _kept() -> dict[PerApp[Any], Any]:
    return cast("dict[PerApp[Any], Any]", current_app.extensions[KEPT])
