"""A server that fails is left alone for a while, and none is asked by more than a few calls at a time.

Kept by process: each finds out for itself, which costs a failing server five calls a process and needs nothing shared.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from halo.ground.errors import UpstreamFailed
from halo.ground.limits import (
    SERVER_CALLS_AT_ONCE,
    SERVER_FAILURES,
    SERVER_FAILURES_SECONDS,
    SERVER_REST_SECONDS,
    SERVERS_KNOWN,
)
from halo.ground.recent import Recent
from halo.ground.server_limits import SERVER_CALLS_WAITING, SERVER_PLACE_SECONDS
from halo.servers.failures import Crowded, LeftAlone, NeedsSignIn, Outdated, RefusedCall, Resting

ITS_ANSWERS = (NeedsSignIn, RefusedCall, Outdated)
"""Failures with which a server answers: it is well."""


_breakers: Recent[tuple[str, str], Breaker] = Recent(SERVERS_KNOWN)
_making = threading.Lock()


def of_server(server_id: str, url: str) -> Breaker:
    """The one of this server at this address."""
    known = _breakers.get((server_id, url))
    if known is None:
        with _making:
            known = _breakers.get((server_id, url)) or Breaker()
            _breakers.put((server_id, url), known)
    return known


class Breaker:
    """The health of one server, as this process knows it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: deque[float] = deque(maxlen=SERVER_FAILURES)
        self._rests_until = 0.0
        self._places = threading.BoundedSemaphore(SERVER_CALLS_AT_ONCE)
        self._waiting = threading.BoundedSemaphore(SERVER_CALLS_WAITING)
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def asked(self, *, seconds: float) -> Iterator[None]:
        """One conversation; raises `LeftAlone` while the server rests, `Crowded` where no place is free in time."""
        if (left := self.rests_for()) > 0:
            raise LeftAlone(left)
        self._take_place(seconds)
        try:
            yield
        except UpstreamFailed as problem:
            self._failed(problem)
            raise
        else:
            if self._failures:
                with self._lock:
                    self._failures.clear()
        finally:
            self._places.release()

    def rests_for(self) -> int:
        """Whole seconds that the server is left alone still; 0 where it can be asked."""
        left = self._rests_until - self._clock()
        return int(left) + 1 if left > 0 else 0

    def _take_place(self, seconds: float) -> None:
        if self._places.acquire(blocking=False):
            return
        if not self._waiting.acquire(blocking=False):
            raise Crowded(1)
        try:
            if not self._places.acquire(timeout=min(seconds, SERVER_PLACE_SECONDS)):
                raise Crowded(1)
        finally:
            self._waiting.release()

    def _failed(self, problem: UpstreamFailed) -> None:
        now = self._clock()
        with self._lock:
            if isinstance(problem, Resting):
                self._rests_until = max(self._rests_until, now + problem.seconds)
            if isinstance(problem, ITS_ANSWERS) or problem.stage == "refresh":
                return
            self._failures.append(now)
            if len(self._failures) == SERVER_FAILURES and now - self._failures[0] <= SERVER_FAILURES_SECONDS:
                self._failures.clear()
                self._rests_until = max(self._rests_until, now + SERVER_REST_SECONDS)
