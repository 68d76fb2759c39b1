"""From a request of Granian's to the application and back: the threads of the server are for callers who keep pace.

Granian is kept because nothing measures near it (waitress does less than half, gunicorn a third). Its RSGI interface
reads a body without a thread, but was measured to gain a call nothing, and every other request an event loop between it
and its thread; a proxy of ours in front would read every byte twice. What Granian's WSGI lacks, a deadline for bodies
and for readers, stands here, for under two microseconds a call:

- a body is read under the rules of `halo.ground.wire.bodies`: strangers' in a quarter of the threads, everybody's
  within a time;
- a body that is late is answered by the `BodyWatch`, past the application, and its connection is hung up on, which lets
  the thread go (`halo.serve.sockets`);
- an answer that takes as long as its reader likes is written by a thread of its own.

It hands on none of the process's environment, as Granian would: `HTTP_PROXY` there is no header of a request.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from granian.server import mp

from halo.ground import limits
from halo.ground.telemetry.measures import REFUSALS
from halo.ground.wire import bodies
from halo.ground.wire.bodies import Body, Registry
from halo.serve import sockets

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger("halo.serve")
TICK_SECONDS = 0.5
PATIENCE_SECONDS = 1
"""For an answer of ours to leave."""
SLACK_SECONDS = 0.25
"""By which a connection may be quiet for less than its body is on its way: `100 Continue` went out as it began."""
BASE: dict[str, Any] = {
    "GATEWAY_INTERFACE": "CGI/1.1",
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "Granian",
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,
    "wsgi.multiprocess": True,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}
MACHINES = ("/api/", "/.well-known/", "/token", "/register")
"""Addresses at which programs knock, who read JSON (`halo.web.answers.is_for_machines`)."""


class Wire(Protocol):
    """Granian's way back to the client. Of several answers the first is sent, from whichever thread."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """A whole answer."""

    def response_iter(self, status: int, headers: list[tuple[str, str]], body: Parts) -> None:
        """An answer in parts; returns when the last was taken."""


class Said:
    """WSGI's `start_response`: remembers status and headers."""

    __slots__ = ("headers", "status")

    def __call__(self, status: str, headers: list[tuple[str, str]], _problem: Any = None) -> Callable[[bytes], object]:
        self.status, self.headers = int(status[:3]), headers
        return _write


def _write(_data: bytes) -> None:
    raise NotImplementedError("nothing that we serve writes past its iterable")


class Parts:
    """An answer's parts as Granian takes them."""

    __slots__ = ("__next__", "_inner")

    def __init__(self, inner: Iterable[bytes]) -> None:
        self._inner = inner
        self.__next__ = iter(inner).__next__

    def close(self) -> None:
        """Called by Granian after the last part, or when nobody takes another."""
        if hasattr(self._inner, "close"):
            self._inner.close()


class Threshold:
    """What Granian calls for every request, in one of its threads."""

    def __init__(self, app: WSGIApplication, threads: int) -> None:
        self._app = app
        self._registry = Registry(threads)
        BodyWatch(self._registry).start()

    def __call__(self, wire: Wire, scope: dict[str, Any]) -> int:
        environ = BASE | scope
        if "CONTENT_LENGTH" in scope or "HTTP_TRANSFER_ENCODING" in scope:
            is_json = environ["PATH_INFO"].startswith(MACHINES)
            environ["wsgi.input"] = Body(scope["wsgi.input"], wire.response_bytes, self._registry, is_json=is_json)
        said = Said()
        parts = self._app(environ, said)
        if isinstance(parts, list):
            wire.response_bytes(said.status, said.headers, b"".join(parts))
        elif bodies.OFF_THREAD in environ:
            sending = (said.status, said.headers, Parts(parts))
            threading.Thread(target=wire.response_iter, args=sending, name="halo-export", daemon=True).start()
        else:
            wire.response_iter(said.status, said.headers, Parts(parts))
        return said.status


class BodyWatch(threading.Thread):
    """Looks, twice a second, for who keeps a thread or a place for too long."""

    def __init__(self, registry: Registry) -> None:
        super().__init__(name="halo-watch", daemon=True)
        self._registry = registry
        self._ticks = 0
        self._quiet: list[sockets.Seen] = []
        self._lengths: set[int] = set()

    def run(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            try:
                self.look()
            except Exception:
                log.exception("slow senders could not be looked for")

    def look(self) -> None:
        """Once."""
        self._give_up(self._registry.late(), 408, f"The body did not arrive within {limits.BODY_SECONDS} s.")
        self._give_up(self._registry.excess(), 503, bodies.CROWDED)
        if self._quiet:
            self._hang_up()
        self._ticks += 1
        if self._ticks % round(limits.STALLED_SECONDS / 4 / TICK_SECONDS) == 0:
            sockets.hang_up_stalled(limits.STALLED_SECONDS)

    def _give_up(self, slow: list[Body], status: int, sentence: str) -> None:
        """Answer for the application, which still waits; their connections are among those that were quiet so far."""
        now = time.monotonic()
        REFUSALS.add("server", "body_late" if status == 408 else "crowded", amount=len(slow))
        if slow:
            self._quiet += sockets.quiet_for(min(it.age(now) for it in slow) - SLACK_SECONDS)
            self._lengths |= {it.give_up(status, sentence) for it in slow}

    def _hang_up(self) -> None:
        """Hang up on those that were answered, as soon as the answer has left; what has not by then is left to the
        next look."""
        pause = 0.02
        while self._registry.is_stuck() and pause < PATIENCE_SECONDS:
            time.sleep(pause)
            for length in self._lengths:
                sockets.hang_up_answered(self._quiet, length)
            pause *= 2
        if not self._registry.is_stuck():
            self._quiet, self._lengths = [], set()


def install(threads: int) -> Callable[..., None]:
    """What a worker process runs: Granian's own, with this front between it and the application."""

    def spawn(*arguments: Any) -> None:
        mp._wsgi_call_wrap = lambda app, *_: Threshold(app, threads)  # type: ignore[attr-defined]
        mp.MPServer._spawn_wsgi_worker(*arguments)

    return spawn
