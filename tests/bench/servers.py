"""What a call to a connected server costs, and what a slow one costs everybody else.

The yardstick is what somebody would write who needs no gate: a Flask view that forwards over a pooled httpx, on the
same server with the same settings, to the same upstream, in the same run. The slow server holds each of its calls for
as long as `--delay` says, or until the burst beside it is measured.
"""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.bench import load
from tests.bench.load import Burst
from tests.servers.upstream import Answer, Asked, modern, theirs

CONNECTIONS = (8, 16)
"""As many as a server is asked at once by one of the two workers, and by both."""
AIM = 0.5
AIM_P99 = 1.2
AIM_PEER = 20
CALLERS = 24
"""Of the slow server: three times as many as are let through to it at once."""
WAIT = {
    "name": "wait",
    "description": "Takes its time.",
    "inputSchema": {"type": "object", "properties": {}},
    "annotations": {"readOnlyHint": True, "openWorldHint": False},
}


@dataclass
class Slow:
    """A server that is in no hurry."""

    delay: float
    url: str = ""
    held: int = 0
    let_go: threading.Event = field(default_factory=threading.Event)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def behaves(self, asked: Asked) -> Answer:
        if asked.rpc == "tools/call":
            self._count(1)
            self.let_go.wait(self.delay)
            self._count(-1)
        return modern(asked, [WAIT])

    def _count(self, by: int) -> None:
        with self._counting:
            self.held += by


@contextlib.contextmanager
def slow_server(delay: float) -> Iterator[Slow]:
    slow = Slow(delay)
    with theirs(slow.behaves) as server:
        slow.url = server.url
        yield slow
        slow.let_go.set()


def against(
    forwarder: str, halo: str, luas: dict[str, Path], refused: Callable[[], int], *, pairs: int, seconds: float
) -> None:
    """Print the first table: `luas` are the same call for each of the two; `refused` counts the calls that the server
    never got, since it had as many as it gets at once."""
    print("\n| what | conns | forwarder/s | halo/s | ratio | aim | p99 forwarder | p99 halo | refused |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for connections in CONNECTIONS:
        for url, lua in ((forwarder, luas["forwarder"]), (halo, luas["halo"])):
            load.burst(url, lua, connections, 1)
        told, before = [], refused()
        for _ in range(pairs):
            bare = load.burst(forwarder, luas["forwarder"], connections, seconds)
            told.append((bare, load.burst(halo, luas["halo"], connections, seconds)))
        ratio = statistics.median(ours.rate / bare.rate for bare, ours in told)
        rates, late = ([_middle(told, at, of) for at in (0, 1)] for of in ("rate", "p99"))
        print(
            f"| tools/call of a connected server | {connections} | {rates[0]:.0f} | {rates[1]:.0f} "
            f"| {ratio:.2f} | {AIM:.2f} | {late[0]:.1f} | {late[1]:.1f} | {refused() - before} |",
            flush=True,
        )


def than_a_proxy(proxy: str, halo: str, lua: dict[str, Path], *, pairs: int, seconds: float) -> None:
    """Print how many times as fast Halo is as another gateway with the same upstream; the proxy is one process."""
    told = []
    for _ in range(pairs):
        theirs_ = load.burst(proxy, lua["forwarder"], CONNECTIONS[-1], seconds)
        told.append((theirs_, load.burst(halo, lua["halo"], CONNECTIONS[-1], seconds)))
    times = statistics.median(ours.rate / other.rate for other, ours in told)
    rates, late = ([_middle(told, at, of) for at in (0, 1)] for of in ("rate", "p99"))
    print("\n| peer | conns | peer/s | halo/s | times | aim | p99 peer | p99 halo |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    print(
        f"| FastMCP's proxy | {CONNECTIONS[-1]} | {rates[0]:.0f} | {rates[1]:.0f} | {times:.0f} | {AIM_PEER} "
        f"| {late[0]:.0f} | {late[1]:.1f} |",
        flush=True,
    )


def beside(
    halo: str, luas: dict[str, Path], slow: Slow, call: Callable[[], None], *, pairs: int, seconds: float
) -> None:
    """Print the second table: other calls while the slow server holds as many as it can get, and while it does not."""
    print(f"\nOther calls beside a server that takes {slow.delay:g} s for each of its own\n")
    print(f"| {'what':<32} | conns | alone/s | beside/s | p99 alone | p99 beside | times | aim | held |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name, lua in luas.items():
        told, held = [], 0
        for number in range(pairs):
            before = load.burst(halo, lua, CONNECTIONS[-1], seconds) if number % 2 else None
            with _loaded(slow, call):
                held = max(held, slow.held)
                kept = load.burst(halo, lua, CONNECTIONS[-1], seconds)
            told.append((before or load.burst(halo, lua, CONNECTIONS[-1], seconds), kept))
        times = statistics.median(kept.p99 / alone.p99 for alone, kept in told)
        rates, late = ([_middle(told, at, of) for at in (0, 1)] for of in ("rate", "p99"))
        print(
            f"| {name:<32} | {CONNECTIONS[-1]} | {rates[0]:.0f} | {rates[1]:.0f} | {late[0]:.1f} | {late[1]:.1f} "
            f"| {times:.2f} | {AIM_P99:.2f} | {held} |",
            flush=True,
        )


@contextlib.contextmanager
def _loaded(slow: Slow, call: Callable[[], None]) -> Iterator[None]:
    """Inside, callers call the slow server without end."""
    over = threading.Event()
    slow.let_go.clear()

    def caller() -> None:
        while not over.is_set():
            began = time.monotonic()
            call()
            over.wait(0.5 if time.monotonic() - began < 0.5 else 0)  # refused: not so soon again

    threads = [threading.Thread(target=caller, daemon=True) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    _settle(slow)
    try:
        yield
    finally:
        over.set()
        slow.let_go.set()
        for thread in threads:
            thread.join()


def _settle(slow: Slow) -> None:
    """Return when as many calls are held as will be."""
    before, deadline = -1, time.monotonic() + 30
    while time.monotonic() < deadline and (slow.held == 0 or slow.held != before):
        before = slow.held
        time.sleep(1)


def caller(halo: str, body: str, token: str, seconds: float) -> Callable[[], None]:
    """A function that makes the call and waits for its answer, whatever it is."""
    wire = httpx.Client(trust_env=False, timeout=seconds, limits=httpx.Limits(max_connections=CALLERS))
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def call() -> None:
        with contextlib.suppress(httpx.TransportError):
            wire.post(halo, content=body, headers=headers)

    return call


def _middle(told: list[tuple[Burst, Burst]], at: int, of: str) -> float:
    return statistics.median(getattr(pair[at], of) for pair in told)
