"""The server as an operator meets it: it starts, refuses with a sentence, heals, and ends when told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from halo.serve import respawn, web_worker
from halo.serve.respawn import Pauses
from tests.support.live import LiveServer
from tests.support.parts import ROOT
from tests.support.until import until


def test_two_workers_answer_each_on_a_core_of_its_own(live_server: LiveServer) -> None:
    until(lambda: len(live_server.workers()) == 2)
    assert httpx.get(f"{live_server.url}/readyz").json()["status"] == "ok"
    if len(os.sched_getaffinity(0)) >= 2:
        until(lambda: len({tuple(os.sched_getaffinity(pid)) for pid in live_server.workers()}) == 2)
        assert all(len(os.sched_getaffinity(pid)) == 1 for pid in live_server.workers())


def test_a_killed_worker_is_replaced_and_takes_over_its_core(live_server: LiveServer) -> None:
    victim, survivor = live_server.workers()
    core = os.sched_getaffinity(victim)
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(now := live_server.workers()) == 2 and victim not in now)
    (replacement,) = set(live_server.workers()) - {survivor}
    until(lambda: os.sched_getaffinity(replacement) == core)
    assert httpx.get(f"{live_server.url}/healthz").status_code == 200


def test_workers_that_end_again_and_again_are_replaced_each_time(start_server: Callable[..., LiveServer]) -> None:
    """Granian by itself ends the server at the second end within some seconds."""
    server = start_server()
    for _ in range(3):
        victims = server.workers()
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(now := server.workers()) == 2 and not set(victims) & set(now), 30)  # noqa: B023 - read at once
    until(server.answers, 30)
    assert server.stop() == 0


def test_a_worker_that_ends_each_time_waits_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(respawn.time, "monotonic", lambda: now[0])
    pauses, waited = Pauses(), []
    for _ in range(10):
        pauses.add(0, lived=1)
        pauses.add(0, lived=1)  # the same end, seen twice
        waited.append(pauses.until_next())
        assert pauses.due() == []
        now[0] += waited[-1] or 0
        assert pauses.due() == [0]
    assert waited[:4] == [0.25, 0.5, 1, 2]
    assert waited[-1] == respawn.LONGEST_PAUSE_SECONDS
    assert pauses.until_next() is None
    pauses.add(0, lived=3600)
    assert pauses.until_next() == 0.25


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_exit_code_0(start_server: Callable[..., LiveServer], number: int) -> None:
    server = start_server()
    assert server.stop(number) == 0


def test_a_killed_parent_takes_its_workers_along(start_server: Callable[..., LiveServer]) -> None:
    server = start_server()
    workers = server.workers()
    assert server.process is not None
    server.process.kill()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def test_a_taken_port_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "halo.serve"],
            env=os.environ | {"HALO_PORT": str(port), "HALO_ENV": "development"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert f"port {port} on 127.0.0.1 is in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_core_is_claimed_once_and_free_again_after_its_holder(tmp_path: Path) -> None:
    assert web_worker._lock(tmp_path / "0")
    assert not web_worker._lock(tmp_path / "0")
    os.close(web_worker._held.pop())
    assert web_worker._lock(tmp_path / "0")
    os.close(web_worker._held.pop())
