"""A Redis of our own, in memory only."""

from __future__ import annotations

import shutil
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
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen([find(), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _started.append(process)
    deadline = time.monotonic() + 10
    while not answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Missing("redis-server did not start")
        time.sleep(0.01)
    return f"redis://127.0.0.1:{port}/0", process.pid
