"""Counters in Redis; while it does not answer, in the file of this machine (`halo.ground.counters`).

A storage for the `limits` library (scheme `halo+shared://`), used where `REDIS_URL` names a Redis. Nobody is refused
or let through unrecorded because a counter is out of reach: the limits go on, for each machine by itself. The log says
so once when it begins and once when it is over; `/readyz` and `flask doctor` while it lasts.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar, cast

from limits.storage import Storage, storage_from_string

from halo.ground.counters import Counted, FileStorage

T = TypeVar("T")
log = logging.getLogger("halo.ground.counters")
ANSWER_SECONDS = 0.5
"""How long one question to Redis may take; it usually takes a thousandth of that, and of those who ask a dead one only
one in PAUSE_SECONDS waits so long."""
PAUSE_SECONDS = 5
"""After a failure, between two looks whether it is back; one caller looks, the others go on with the file."""


@cache
def _faults() -> tuple[type[Exception], ...]:
    """Of a Redis that is away; the library is not imported where none is named, it takes longer than all of ours."""
    from redis.exceptions import RedisError

    return RedisError, OSError


class SharedStorage(Storage):
    """Fixed windows, counted in Redis, or in a file while there is none."""

    STORAGE_SCHEME = ["halo+shared"]

    def __init__(
        self, uri: str, wrap_exceptions: bool = False, *, redis: str, file: str, secret: bytes, **options: Any
    ) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._url = redis
        self._made: Storage | None = None
        self._file = FileStorage(file, secret=secret)
        self._lock = threading.Lock()
        self._next_look = 0.0
        """On the monotonic clock, while Redis is away; 0 while it answers."""

    @property
    def base_exceptions(self) -> type[Exception]:
        return OSError

    @property
    def is_away(self) -> bool:
        """Whether counting goes to the file now."""
        return self._next_look > 0

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` in the key's window; returns the new count."""
        return self._ask(lambda storage: storage.incr(key, expiry, amount))

    def spend_each(self, quotas: Iterable[tuple[str, float]], expiry: int) -> Counted:
        """See `FileStorage.spend_each`."""
        wanted = list(quotas)
        return self._ask(
            lambda storage: (
                storage.spend_each(wanted, expiry)
                if isinstance(storage, FileStorage)
                else _spend_each(storage, wanted, expiry)
            )
        )

    def get(self, key: str) -> int:
        """The count of the key's window."""
        return self._ask(lambda storage: storage.get(key))

    def get_expiry(self, key: str) -> float:
        """When the key's window ends, in seconds since the epoch."""
        return self._ask(lambda storage: storage.get_expiry(key))

    def check(self) -> bool:
        """Whether Redis answers, asked now."""
        try:
            return self._redis().check()
        except _faults():
            return False

    def reset(self) -> int | None:
        """Forget everything."""
        self._file.reset()
        return self._ask(lambda storage: storage.reset())

    def clear(self, key: str) -> None:
        """Forget one key."""
        self._ask(lambda storage: storage.clear(key))

    def pushed(self) -> int:
        """See `FileStorage.pushed`."""
        return self._file.pushed()

    def close(self) -> None:
        """Give up the connections."""
        if self._made is not None:
            cast(Any, self._made).storage.close()

    def _ask(self, question: Callable[[Storage], T]) -> T:
        if self._is_to_try():
            try:
                answer = question(self._redis())
            except _faults() as problem:
                self._lost(problem)
            else:
                self._found()
                return answer
        return question(self._file)

    def _is_to_try(self) -> bool:
        if not self._next_look:
            return True
        with self._lock:
            moment = time.monotonic()
            if moment < self._next_look:
                return False
            self._next_look = moment + PAUSE_SECONDS
        return True

    def _lost(self, problem: Exception) -> None:
        with self._lock:
            is_news, self._next_look = not self._next_look, time.monotonic() + PAUSE_SECONDS
        if is_news:
            said = "Redis does not answer (%s): limits are counted in a file of this machine until it does"
            log.warning(said, type(problem).__name__)

    def _found(self) -> None:
        if self._next_look:
            self._next_look = 0.0
            log.warning("Redis answers again, and limits are counted there")

    def _redis(self) -> Storage:
        """The connection, made at its first use: a cluster's asks its nodes at once, and they may be away."""
        if self._made is None:
            from redis.backoff import NoBackoff
            from redis.retry import Retry

            options: dict[str, Any] = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
            options["retry"] = Retry(NoBackoff(), 0)  # else it tries four times by itself, with seconds in between
            self._made = cast(Storage, storage_from_string(self._url, **options))
        return self._made


def _spend_each(storage: Storage, quotas: list[tuple[str, float]], expiry: int) -> Counted:
    counted: Counted = []
    for key, quota in quotas:
        counted.append((storage.incr(key, expiry), storage.get_expiry(key)))
        if counted[-1][0] > quota:
            break
    return counted
