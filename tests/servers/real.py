"""Real servers of others, as the processes that their makers would start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from halo.servers.client import Address, Upstream
from tests.servers.upstream import LOOPBACK
from tests.support import node
from tests.support.parts import answers, free_port, require
from tests.support.until import until

SDK_SERVER = Path(__file__).parent / "sdk_server.py"
PATIENCE = 120
"""Seconds for a process to listen on a machine that is busy with others; one that has ended is noticed at once."""


class Real:
    """A process that serves MCP on some ports; begun at once, waited for where it is first asked."""

    def __init__(self, command: Callable[[list[int]], list[str]], ports: int = 1) -> None:
        self._command = command
        self.ports = [free_port() for _ in range(ports)]
        self._start(())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def url(self, number: int = 0) -> str:
        """Where it answers, once it does."""
        until(self._listens, PATIENCE)
        return f"http://127.0.0.1:{self.ports[number]}/mcp"

    def upstream(self, number: int = 0, version: str = "") -> Upstream:
        """Halo's side of it."""
        return Upstream(Address(self.url(number), LOOPBACK), version=version)

    def restart(self, *more: str) -> None:
        """Ended and begun again on the same ports, without anything that it remembered; `more` changes it."""
        self.__exit__()
        self._start(more)
        self.url()

    def _start(self, more: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [*self._command(self.ports), *more],
            env=os.environ | {"PORT": str(self.ports[0])},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _listens(self) -> bool:
        assert self._process.poll() is None, f"{self._process.args!r} ended with {self._process.returncode}"
        return all(answers(port) for port in self.ports)


def everything() -> Real:
    """`@modelcontextprotocol/server-everything` over streamable HTTP: sessions, and answers as events."""
    command = require("npm packages", lambda: node.command("mcp-server-everything"))
    return Real(lambda _: [*command, "streamableHttp"])


def on_sdk(python: str = sys.executable) -> Real:
    """Two servers on the SDK of this Python: one with sessions and events, one without and with JSON."""
    return Real(lambda ports: [python, "-I", str(SDK_SERVER), *map(str, ports)], 2)
