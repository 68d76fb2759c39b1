"""The real server as a child process: Granian, two workers, a port and an instance folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Self

import httpx

from tests.support.parts import ROOT, free_port
from tests.support.stores import SECRET, Store

PATIENCE = 60.0


class LiveServer:
    """A served Halo: `url`, `mcp_url`, `log()`; use it as a context manager."""

    def __init__(self, store: Store, **environment: str) -> None:
        self.store = store
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.mcp_url = f"{self.url}/api/mcp"
        self.environment = self._environment() | environment
        self.log_file = store.instance / "server.log"
        self._output: IO[bytes] | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and return once it answers."""
        self.store.instance.mkdir(parents=True, exist_ok=True)
        self._output = self.log_file.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "flask", "serve"],
            cwd=ROOT,
            env=os.environ | self.environment,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        self._wait()

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal_number)
        try:
            code = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        if self._output is not None:
            self._output.close()
        self.process = None
        return code

    def restart(self) -> None:
        """The same server again: same port, same database."""
        self.stop()
        self.start()

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a `flask` command on the same instance."""
        return subprocess.run(
            [sys.executable, "-m", "flask", *arguments],
            cwd=ROOT,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def workers(self) -> list[int]:
        """The process ids of the workers that serve now."""
        import psutil

        assert self.process is not None
        return [child.pid for child in psutil.Process(self.process.pid).children() if child.is_running()]

    def log(self) -> str:
        """What it printed."""
        return self.log_file.read_text(errors="replace")

    def answers(self) -> bool:
        """Whether it lives."""
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def _listening(self) -> int:
        """How many sockets listen on the port: each worker has one of its own."""
        import psutil

        assert self.process is not None
        try:
            children = psutil.Process(self.process.pid).children()
            sockets = [it for child in children for it in child.net_connections("tcp")]
        except psutil.Error:
            return 0
        return sum(it.status == psutil.CONN_LISTEN and it.laddr.port == self.port for it in sockets)

    def _environment(self) -> dict[str, str]:
        return {
            "HALO_ENV": "test",
            "HALO_SECRET_KEY": SECRET,
            "HALO_HOST": "127.0.0.1",
            "HALO_PORT": str(self.port),
            "HALO_BASE_URL": self.url,
            "HALO_INSTANCE": str(Path(self.store.instance).resolve()),
            "HALO_WORKERS": "2",
            "HALO_JOBS": "0",
            "DATABASE_URL": self.store.url,
            "REDIS_URL": "",
            "FLASK_APP": "app",
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            assert self.process is not None
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log()}")
            if self._listening() >= int(self.environment["HALO_WORKERS"]) and self.answers():
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"the server did not answer in {PATIENCE:.0f} s:\n{self.log()}")
            time.sleep(0.02)
