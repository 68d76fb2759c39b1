"""Small things from addresses that strangers named: one GET, so large, so long, and so many at a time.

Client documents and logos are read with this. Whoever names the address also decides how slow it is, and each read
takes a thread meanwhile; so a process reads only a few at a time, and whoever comes on top is told so at once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.ground.settings import Settings


class Crowded(Exception):
    """As many are being read as the process reads at a time."""


class BadStatus(UpstreamFailed):
    """It was answered, with another status than 200."""

    def __init__(self, status: int) -> None:
        super().__init__("http", f"It answered with status {status}.")
        self.status = status


@dataclass(frozen=True, slots=True)
class Read:
    """What was read."""

    headers: httpx.Headers
    body: bytes


class SmallReader:
    """Reads one kind of thing; `accept` says which."""

    def __init__(self, accept: str, *, seconds: float, most_bytes: int, at_once: int) -> None:
        self._accept, self.seconds, self._most_bytes = accept, seconds, most_bytes
        self._places = threading.BoundedSemaphore(at_once)

    def read(self, address: str, settings: Settings) -> Read:
        """What stands at the address; raises `UpstreamFailed` where nothing does, and `Crowded`."""
        policy = outbound.strangers(settings)
        with (
            self.place(),
            outbound.errand(policy, seconds=self.seconds) as client,
            client.stream("GET", address, headers={"Accept": self._accept}) as response,
        ):
            if response.status_code != 200:
                raise BadStatus(response.status_code)
            return Read(response.headers, outbound.capped(response, self._most_bytes))

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """One of the places; raises `Crowded` where all are taken."""
        if not self._places.acquire(blocking=False):
            raise Crowded
        try:
            yield
        finally:
            self._places.release()
