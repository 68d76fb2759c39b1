"""What stands behind the calls: an MCP server as fast as one can be, a WSGI callable that knows one tool."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import orjson

TOOL = {
    "name": "echo",
    "description": "Says it back.",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    "annotations": {"readOnlyHint": True, "openWorldHint": False},
}
ABOUT = {"name": "upstream", "version": "1"}
SAID = {"resultType": "complete", "content": [{"type": "text", "text": "hello"}], "isError": False}
RESULTS: dict[str, dict[str, Any]] = {
    "initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": ABOUT},
    "server/discover": {
        "resultType": "complete",
        "supportedVersions": ["2026-07-28"],
        "capabilities": {"tools": {}},
        "ttlMs": 300_000,
        "cacheScope": "public",
    },
    "tools/list": {"resultType": "complete", "tools": [TOOL], "ttlMs": 300_000, "cacheScope": "public"},
    "tools/call": SAID,
}


def create_upstream() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """The callable; anything that is no message of MCP is answered as a look whether it lives."""

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        asked = orjson.loads(body) if body else {"id": 0}
        if "id" not in asked:
            start("202 Accepted", [("Content-Length", "0")])
            return []
        said = orjson.dumps({"jsonrpc": "2.0", "id": asked.get("id"), "result": RESULTS.get(asked.get("method"), {})})
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(said)))])
        return [said]

    return app
