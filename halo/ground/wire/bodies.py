"""Bodies of requests as they arrive: who may hold a thread while one comes in, and for how long.

A thread that reads a body waits for whoever sends it. So somebody whom nobody knows reads only in one of the few
`Places`, and nobody for longer than `limits.BODY_SECONDS`: `halo.serve.threshold` puts a `Body` where WSGI has its
input, and hangs up on those that are `late`. A door that knows who asks says so with `vouch` before it reads.

Under another server, and in tests without one, the input is the server's own and nothing here happens.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from halo.ground import limits

log = logging.getLogger("halo.ground.wire.bodies")
OFF_THREAD = "halo.off_thread"
"""In the environ, set by a view: its answer takes as long as its reader likes, and is no request thread's business."""
CROWDED = f"Too many bodies are on their way at this moment. Try again in {limits.RETRY_SECONDS} s."
Answer = Callable[[int, list[tuple[str, str]], bytes], None]
"""Sends a whole answer past the application; the first that is sent counts, whatever the application says later."""


class Input(Protocol):
    """A server's `wsgi.input`."""

    def read(self, size: int | None = None) -> bytes:
        """So many bytes, or all; fewer where the sender ended early."""

    def readline(self, size: int | None = None) -> bytes:
        """Up to a line's end."""


class Places:
    """How many bodies of strangers are read at a time. A few more wait for a place, in threads kept for that."""

    def __init__(self, threads: int) -> None:
        self._free = threading.Semaphore(max(1, threads // limits.STRANGERS_SHARE))
        self._line = threading.Semaphore(limits.waiting_room(threads))

    def take(self) -> bool:
        """Whether there is a place, now or soon; `give_back` it."""
        if self._free.acquire(blocking=False):
            return True
        if not self._line.acquire(blocking=False):
            return False
        try:
            return self._free.acquire(timeout=limits.STRANGER_WAIT_SECONDS)
        finally:
            self._line.release()

    def give_back(self) -> None:
        """The place is free again."""
        self._free.release()


class Body:
    """What a request sends, read under this module's rules; once it is given up, nothing more of it is there."""

    __slots__ = ("_began", "_input", "_is_json", "_registry", "answer", "is_given_up", "is_known")

    def __init__(self, stream: Input, answer: Answer, registry: Registry, *, is_json: bool) -> None:
        self._input, self._registry, self._is_json = stream, registry, is_json
        self._began = 0.0
        self.answer = answer
        self.is_known = False
        self.is_given_up = False

    def read(self, size: int | None = None) -> bytes:
        """So many bytes, or all; fewer where they do not come."""
        return self._taken(self._input.read, None if size is None or size < 0 else size)

    def readline(self, size: int | None = None) -> bytes:
        """Up to a line's end."""
        return self._taken(self._input.readline, size)

    def _taken(self, take: Callable[[int | None], bytes], size: int | None) -> bytes:
        registry, takes_place = self._registry, not self.is_known
        if self.is_given_up or not registry.lets_in(self):
            return b""
        self._began = self._began or time.monotonic()
        registry.reading[id(self)] = self
        try:
            taken = take(size)
        finally:
            del registry.reading[id(self)]
            if takes_place:
                registry.places.give_back()
        return self._kept(taken)

    def _kept(self, taken: bytes) -> bytes:
        """What was read, unless it was given up in the meantime: half a body is none."""
        return b"" if self.is_given_up else taken

    def age(self, now: float) -> float:
        """For how long it has been on its way."""
        return now - self._began

    def give_up(self, status: int, sentence: str) -> int:
        """Answer with this, whatever the application says later; the length of what was said."""
        self.is_given_up = True
        log.warning("a body was not waited for: %d", status)
        return refuse(self.answer, status, sentence, is_json=self._is_json)


class Registry:
    """The bodies that threads of this process are reading."""

    def __init__(self, threads: int) -> None:
        self.places = Places(threads)
        self.reading: dict[int, Body] = {}
        self._most = max(1, threads - threads // limits.STRANGERS_SHARE)

    def lets_in(self, body: Body) -> bool:
        """Whether this body may be read now; answers where it may not."""
        let_in = not self._is_full_of_slow_ones() if body.is_known else self.places.take()
        if not let_in:
            body.give_up(503, CROWDED)
        return let_in

    def late(self) -> list[Body]:
        """Those whose time is over."""
        return self._older(limits.BODY_SECONDS)

    def excess(self) -> list[Body]:
        """Slow ones beyond the threads that may wait for such: many may come in at one moment, when none was slow."""
        return self._older(limits.SLOW_BODY_SECONDS)[self._most :]

    def is_stuck(self) -> bool:
        """Whether a thread still reads what was given up."""
        return any(it.is_given_up for it in list(self.reading.values()))

    def _is_full_of_slow_ones(self) -> bool:
        """Known senders too leave some threads to those who send nothing. Each body is read for a moment, so only one
        that takes long counts."""
        return len(self.reading) >= self._most and len(self._older(limits.SLOW_BODY_SECONDS)) >= self._most

    def _older(self, seconds: float) -> list[Body]:
        """Those that have been on their way for longer, and were not given up yet."""
        now = time.monotonic()
        return [it for it in list(self.reading.values()) if it.age(now) > seconds and not it.is_given_up]


def vouch(environ: Mapping[str, Any]) -> None:
    """The sender of this request is known."""
    body = environ.get("wsgi.input")
    if isinstance(body, Body):
        body.is_known = True


def refuse(answer: Answer, status: int, sentence: str, *, is_json: bool) -> int:
    """Say no past the application, in JSON to machines; the length of what was said."""
    body = (
        json.dumps({"error": str(status), "message": sentence, "details": {}}) if is_json else f"{sentence}\n"
    ).encode()
    headers = [
        ("content-type", "application/json" if is_json else "text/plain; charset=utf-8"),
        ("cache-control", "no-store"),
        ("connection", "close"),
        ("retry-after", str(limits.RETRY_SECONDS)),
    ]
    if is_json:
        headers.append(("access-control-allow-origin", "*"))
    answer(status, headers, body)
    return len(body)
