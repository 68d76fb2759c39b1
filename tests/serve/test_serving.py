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

from halo.serve import worker
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
    assert worker._lock(tmp_path / "0")
    assert not worker._lock(tmp_path / "0")
    os.close(worker._held.pop())
    assert worker._lock(tmp_path / "0")
    os.close(worker._held.pop())
