"""A disk that fills up under a running Halo: calls are refused, nothing ends, and it is over when there is room."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx

from tests.mcp.speaker import BOTH
from tests.support import disks, stores
from tests.support.disks import fill, mounted
from tests.support.live import LiveServer
from tests.support.parts import require
from tests.support.tokens import a_token_for, lift_limits
from tests.support.until import until

CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "setup_get_jwt_sample", "arguments": {"language": "python"}},
}
CALLS = 200


def test_calls_are_refused_while_the_disk_is_full_and_answered_when_it_is_not(tmp_path: Path) -> None:
    require("A small disk", disks.find)
    folder = tmp_path / "instance"
    folder.mkdir()
    with mounted(folder, 64), LiveServer(stores.separate("sqlite", folder)) as server:
        lift_limits(server)
        token = a_token_for(server)
        assert is_answered(server, token)
        before = server.workers()
        ballast = fill(folder)
        assert ready(server).status_code == 503
        assert ready(server).json()["checks"]["disk"].startswith("full: 0 MB left")
        hammer(server, token)
        assert not is_answered(server, token)
        assert server.workers() == before
        assert httpx.get(f"{server.url}/healthz", timeout=20, trust_env=False).status_code == 200
        assert len(server.log().splitlines()) < CALLS
        ballast.unlink()
        until(lambda: is_answered(server, token))
        assert ready(server).json()["checks"]["disk"] == "ok"
        assert server.workers() == before


def is_answered(server: LiveServer, token: str) -> bool:
    """Whether a call gets what it asked for, and not a refusal."""
    headers = {"Authorization": f"Bearer {token}", "Accept": BOTH}
    answer = httpx.post(server.mcp_url, json=CALL, headers=headers, timeout=20, trust_env=False)
    return answer.status_code == 200 and answer.json().get("result", {}).get("isError") is False


def hammer(server: LiveServer, token: str) -> None:
    """Many calls from several clients at once; what they are told does not matter."""
    threads = [
        threading.Thread(target=lambda: [is_answered(server, token) for _ in range(CALLS // 4)]) for _ in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def ready(server: LiveServer) -> httpx.Response:
    return httpx.get(f"{server.url}/readyz", timeout=20, trust_env=False)
