"""mcp-remote from npm: the bridge by which clients that know only stdio come to us."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.live import LiveServer, free_port
from tests.support.person import Person

ASKED = re.compile(r"(https?://\S+/authorize\?\S+)")
OPENING = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "desktop", "version": "1"}}
pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)


class Bridge:
    """mcp-remote as a child, spoken to over its pipes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._ids = itertools.count(1)
        self.allowed = 0
        threading.Thread(target=self._be_the_person, daemon=True).start()

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        asked = next(self._ids)
        self._say({"jsonrpc": "2.0", "id": asked, "method": method, "params": params})
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said: dict[str, Any] = json.loads(line)
            if said.get("id") == asked:
                return said
        raise AssertionError("mcp-remote ended without an answer")

    def note(self, method: str) -> None:
        self._say({"jsonrpc": "2.0", "method": method})

    def _say(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _be_the_person(self) -> None:
        assert self._process.stderr is not None
        with suppress(ValueError):  # the bridge was ended, and its output closed, while a line was waited for
            for line in self._process.stderr:
                if found := ASKED.search(line):
                    with Person() as person:
                        person.visit(person.allow(found.group(1)))
                    self.allowed += 1


@contextmanager
def bridge(command: list[str], url: str, home: Path, port: int | None = None) -> Iterator[Bridge]:
    # Without a desktop there is no browser to open; the address is printed as well.
    environment = os.environ | {"MCP_REMOTE_CONFIG_DIR": str(home), "HOME": str(home), "PATH": "/nowhere"}
    words = [
        *command,
        url,
        str(port or free_port()),
        "--transport",
        "http-only",
        "--allow-http",
        "--auth-timeout",
        "60",
    ]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        try:
            yield Bridge(process)
        finally:
            process.kill()


def test_mcp_remote_signs_in_lists_and_calls(live_server: LiveServer, mcp_remote: list[str], tmp_path: Path) -> None:
    with bridge(mcp_remote, live_server.mcp_url, tmp_path) as remote:
        opened = remote.ask("initialize", OPENING)["result"]
        assert opened["serverInfo"]["name"] == "halo-agents"
        remote.note("notifications/initialized")
        assert "search_docs" in {tool["name"] for tool in remote.ask("tools/list", {})["result"]["tools"]}
        called = remote.ask("tools/call", {"name": "search_docs", "arguments": {"query": "scopes"}})["result"]
        assert not called["isError"]
        assert remote.allowed == 1


def test_mcp_remote_keeps_its_sign_in_across_starts_and_a_restart_of_ours(
    live_server: LiveServer, mcp_remote: list[str], tmp_path: Path
) -> None:
    port = free_port()
    with bridge(mcp_remote, live_server.mcp_url, tmp_path, port) as remote:
        remote.ask("initialize", OPENING)
    live_server.restart()
    with bridge(mcp_remote, live_server.mcp_url, tmp_path, port) as remote:
        assert "result" in remote.ask("initialize", OPENING)
        assert "result" in remote.ask("tools/list", {})
        assert remote.allowed == 0


def test_mcp_remote_asks_for_what_the_address_says(
    live_server: LiveServer, mcp_remote: list[str], tmp_path: Path
) -> None:
    with bridge(mcp_remote, f"{live_server.mcp_url}?scope=docs:read+setup:read", tmp_path) as remote:
        remote.ask("initialize", OPENING)
        remote.note("notifications/initialized")
        tools = {tool["name"] for tool in remote.ask("tools/list", {})["result"]["tools"]}
    assert "search_docs" in tools
    assert not {name for name in tools if name.startswith("data_")}
