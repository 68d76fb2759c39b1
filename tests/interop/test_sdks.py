"""The SDKs that clients are built on go the whole way: discovery, registration, sign-in, consent, token, calls."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.live import LiveServer
from tests.support.person import Person

HERE = Path(__file__).parent


def connect(command: list[str]) -> dict[str, Any]:
    """Run a client, be its person, and give back what it saw."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as client, Person() as person:
        assert client.stdin is not None
        assert client.stdout is not None
        assert client.stderr is not None
        for line in client.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "OPEN":
                client.stdin.write(person.allow(rest) + "\n")
                client.stdin.flush()
            elif word == "DONE":
                told: dict[str, Any] = json.loads(rest)
                return told
        raise AssertionError(client.stderr.read())


def check(told: dict[str, Any], version: str) -> None:
    assert told["version"] == version
    assert told["server"] in ("halo-agents", "")
    assert {"search_docs", "data_find_user"} <= set(told["tools"])
    assert "Scopes" in told["text"]
    assert told["wrong"] is True
    assert "There is no tool" in told["unknown"]
    # Newer SDKs ask for what the challenge names instead of what they were configured with.
    assert {"docs:read", "data:read"} <= set(told["scope"].split())
    assert ("setup_get_jwt_sample" in told["tools"]) == ("setup:read" in told["scope"])


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("sdk", "version"), [("1.9.4", "2025-03-26"), ("1.30.0", "2025-11-25")])
def test_an_sdk_of_the_field_connects_and_calls(
    live_server: LiveServer, sdk_python: Callable[[str], str], sdk: str, version: str
) -> None:
    check(connect([sdk_python(sdk), str(HERE / "sdk1.py"), live_server.mcp_url]), version)


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
def test_the_newest_sdk_connects_and_calls_in_both_eras(live_server: LiveServer, mode: str, version: str) -> None:
    check(connect([sys.executable, str(HERE / "sdk2.py"), live_server.mcp_url, mode]), version)
