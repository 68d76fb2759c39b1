"""A Redis of our own, in memory only."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.support.parts import Missing, answers, apt_install, free_port

_started: list[subprocess.Popen[bytes]] = []
"""Kept, since a handle that is collected complains of the process that still runs; `session.end` stops it."""


def find() -> str:
    program = shutil.which("redis-server")
    if program is None:
        raise Missing("there is no redis-server on PATH (on Debian: apt-get install redis-server)")
    return program


def install() -> None:
    apt_install("redis-server")


def start(folder: Path) -> tuple[str, int]:
    """Start a server that keeps nothing; its address and process id."""
    port = free_port()
    process = _serve(port, folder)
    _started.append(process)
    return f"redis://127.0.0.1:{port}/0", process.pid


class OwnRedis:
    """A server of one test's own, which goes away and comes back as the test says."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        """Answer again, under the same address, with nothing kept."""
        self._process = _serve(self._port, self._folder)

    def freeze(self) -> None:
        """Take connections and answer nothing, as a machine does that swaps or hangs."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Be gone: connections are refused."""
        self._process.kill()
        self._process.wait()


def _serve(port: int, folder: Path) -> subprocess.Popen[bytes]:
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen([find(), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while not answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Missing("redis-server did not start")
        time.sleep(0.01)
    return process
