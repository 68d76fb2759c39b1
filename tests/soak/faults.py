"""What goes wrong, one thing at a time: each fault happens, lasts a few seconds where it lasts, and is mended."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import psutil

from tests.soak.world import World

LASTS = 4.0
"""Seconds of a fault that lasts."""
SLOW_BODIES = 80
FLOOD = 400
"""Requests of a flood."""


def kill_a_worker(world: World, chance: random.Random) -> None:
    """`kill -9` of one worker."""
    workers = world.server.workers()
    if workers:
        _kill(chance.choice(workers))


def kill_everything(world: World, _: random.Random) -> None:
    """`kill -9` of the server and its workers, then a start, as a supervisor would."""
    assert world.server.process is not None
    family = psutil.Process(world.server.process.pid)
    for process in [*family.children(recursive=True), family]:
        _kill(process.pid)
    world.server.stop()
    world.server.start()


def freeze_database(world: World, _: random.Random) -> None:
    """PostgreSQL does nothing for a while; on SQLite somebody holds the write lock."""
    if world.postgres is None:
        with contextlib.closing(sqlite3.connect(world.server.store.instance / "halo.sqlite3")) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(LASTS)
            other.rollback()
        return
    with _frozen([world.postgres.pid(), *_children(world.postgres.pid())]):
        time.sleep(LASTS)


def break_connections(world: World, chance: random.Random) -> None:
    """Every connection to PostgreSQL is cut; SQLite has none, so its lock is held instead."""
    if world.postgres is None:
        freeze_database(world, chance)
        return
    for process in _children(world.postgres.pid()):
        with contextlib.suppress(psutil.Error):
            if "halo_soak" in " ".join(psutil.Process(process).cmdline()):
                os.kill(process, signal.SIGTERM)


def stop_redis(world: World, _: random.Random) -> None:
    """Redis is gone, and comes back empty."""
    world.redis.kill()
    world.redis.wait()
    time.sleep(LASTS)
    world.restart_redis()


def freeze_redis(world: World, _: random.Random) -> None:
    """Redis takes connections and answers nothing."""
    with _frozen([world.redis.pid]):
        time.sleep(LASTS)


def fill_disk(world: World, _: random.Random) -> None:
    """The file system of the instance is full to the last byte."""
    if not world.is_own_disk:
        return
    path = world.server.store.instance.parent / "ballast"
    try:
        with path.open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
            for size in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        ballast.write(bytes(size))
        time.sleep(LASTS)
    finally:
        path.unlink(missing_ok=True)


def send_slow_bodies(world: World, _: random.Random) -> None:
    """Strangers who promise a body and send three bytes of it."""
    with contextlib.ExitStack() as stack:
        for _number in range(SLOW_BODIES):
            with contextlib.suppress(OSError):
                line = socket.create_connection(("127.0.0.1", world.server.port), timeout=5)
                stack.callback(line.close)
                line.sendall(b"POST /api/mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{..")
        time.sleep(LASTS)


def flood_with_calls(world: World, chance: random.Random) -> None:
    """One client calls as fast as it can, in batches of notifications too."""
    token = chance.choice(world.tokens)
    call = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "no_such_tool", "arguments": {}}}
    _flood(world, {"Authorization": f"Bearer {token}", "MCP-Protocol-Version": "2025-03-26"}, [call] * 20)


def flood_with_lists(world: World, _: random.Random) -> None:
    """A stranger posts nested nothing."""
    _flood(world, {"Authorization": "Bearer halo_at_nobody"}, {"jsonrpc": "2.0", "id": 1, "method": [[]] * 20_000})


Fault = Callable[[World, random.Random], None]
FAULTS: tuple[Fault, ...] = (
    kill_a_worker,
    kill_everything,
    freeze_database,
    break_connections,
    stop_redis,
    freeze_redis,
    fill_disk,
    send_slow_bodies,
    flood_with_calls,
    flood_with_lists,
)


def _flood(world: World, headers: dict[str, str], body: object) -> None:
    def post() -> None:
        with httpx.Client(timeout=10, trust_env=False) as http:
            for _number in range(FLOOD // 8):
                with contextlib.suppress(httpx.HTTPError):
                    http.post(world.server.mcp_url, json=body, headers=headers)

    threads = [threading.Thread(target=post) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextlib.contextmanager
def _frozen(processes: list[int]) -> Iterator[None]:
    for process in processes:
        _signal(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            _signal(process, signal.SIGCONT)


def _children(process: int) -> list[int]:
    return [child.pid for child in psutil.Process(process).children(recursive=True)]


def _kill(process: int) -> None:
    _signal(process, signal.SIGKILL)


def _signal(process: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)
