"""The official conformance suite, authorization-server scenarios, nothing baselined: a person signs in and allows.

The suite takes the client authentication from the server's metadata, `none` first, whatever the client registered; so
it can only play a public client here. The other two ways are tested with Authlib's client.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.conformance.suite import PASSED
from tests.support.live import LiveServer, free_port
from tests.support.person import Person

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)


def test_both_scenarios_pass(live_server: LiveServer, conformance: list[str], tmp_path: Path) -> None:
    port = free_port()
    client_id = _register(live_server, f"http://127.0.0.1:{port}/callback")
    words = [*conformance, "authorization", "--url", live_server.url, "--client-id", client_id]
    words += ["--resource", live_server.mcp_url, "--port", str(port), "-o", str(tmp_path)]
    said = _run(words)
    checks = [check for path in tmp_path.rglob("checks.json") for check in json.loads(path.read_text())]
    found = {check["id"]: check["status"] for check in checks}
    assert {"authorization-server-metadata", "authorization-code-grant"} <= set(found), said
    assert set(found.values()) <= PASSED - {"SKIPPED"}, checks


def _register(server: LiveServer, callback: str) -> str:
    asked = {"client_name": "Suite", "redirect_uris": [callback], "token_endpoint_auth_method": "none"}
    answer = httpx.post(f"{server.url}/api/mcp/oauth/register", json=asked, trust_env=False)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["client_id"])


def _run(words: list[str]) -> str:
    """Run the suite and be the person whom it waits for."""
    said = ""
    with (
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as suite,
        Person() as person,
    ):
        assert suite.stdout is not None
        for line in suite.stdout:
            said += line
            if found := re.match(r"(https?://\S+code_challenge\S+)", line.strip()):
                person.visit(person.allow(found.group(1)))
    return said
