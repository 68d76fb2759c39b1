"""A client over real HTTP: every call on a connection of its own, so that any worker may get it."""

from __future__ import annotations

import itertools
from typing import Any

import httpx

from tests.support.live import LiveServer

_ids = itertools.count(1)
DOCS = {"name": "search_docs", "arguments": {"query": "scopes"}}


def ask(server: LiveServer, token: str, method: str, params: Any = None, **headers: str) -> httpx.Response:
    """One JSON-RPC request of revision 2025-11-25."""
    body = {"jsonrpc": "2.0", "id": next(_ids), "method": method} | ({"params": params} if params is not None else {})
    sent = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25",
    } | headers
    return httpx.post(server.mcp_url, json=body, headers=sent, timeout=20, trust_env=False, verify=False)


def call(server: LiveServer, token: str, name: str = "search_docs", **arguments: Any) -> httpx.Response:
    """tools/call of a tool that reads nothing of the workspace, unless another is named."""
    given = arguments or DOCS["arguments"]
    return ask(server, token, "tools/call", {"name": name, "arguments": given})


def statuses(server: LiveServer, token: str, times: int = 12, **options: Any) -> set[int]:
    """The HTTP statuses of so many calls, each on a new connection."""
    return {call(server, token, **options).status_code for _ in range(times)}
