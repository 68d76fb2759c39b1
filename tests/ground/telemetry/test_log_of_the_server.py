"""The log of the real server, two workers: every line an object, every request found by the id of its answer."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from tests.cast import OWNER
from tests.support.live import LiveServer
from tests.support.until import until


@pytest.fixture
def server(start_server: Callable[..., LiveServer]) -> LiveServer:
    return start_server(HALO_LOG_REQUESTS="all")


def test_a_request_is_found_by_the_id_of_its_answer(server: LiveServer) -> None:
    made = server.flask("token", "create", "--workspace", "acme", "--person", OWNER, "--scopes", "data:read")
    token = made.stdout.strip()
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    call = httpx.post(server.mcp_url, json=body, headers={"Authorization": f"Bearer {token}"})
    page = httpx.get(f"{server.url}/invitations/a-secret-of-somebody")
    known = {answer.headers["X-Request-Id"] for answer in (call, page)}
    until(lambda: all(it in server.log() for it in known))
    lines = {it["request_id"]: it for it in map(json.loads, server.log().splitlines()) if "request_id" in it}
    said = lines[call.headers["X-Request-Id"]]
    assert (said["route"], said["status"], said["method"]) == ("/api/mcp", 200, "POST")
    assert said["workspace_id"] and said["duration_ms"] > 0
    assert "workspace_id" not in lines[page.headers["X-Request-Id"]]
    assert token not in server.log() and "a-secret-of-somebody" not in server.log()
