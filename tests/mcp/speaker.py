"""A client of `/api/mcp` over Flask's test client, that says exactly what it is told to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests import cast
from tests.factories import READS, a_token

URL = "/api/mcp"
BOTH = "application/json, text/event-stream"
NEWEST_LEGACY, MODERN = "2025-11-25", "2026-07-28"
META = "io.modelcontextprotocol/"


class Speaker:
    """Speaks either era; every message goes out as it is given."""

    def __init__(self, app: Flask, token: str | None = None, url: str = URL) -> None:
        self.app, self.token, self.url = app, token, url
        self.http = app.test_client()

    def post(self, body: Any = None, *, data: bytes | str | None = None, **headers: str | None) -> TestResponse:
        """POST a JSON value, or raw data; a header given as None is left out."""
        sent: dict[str, str | None] = {"Accept": BOTH, "Authorization": self.token and f"Bearer {self.token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in sent.items() if value is not None}
        kept.setdefault("Content-Type", "application/json")
        if kept["Content-Type"] == "":
            del kept["Content-Type"]
        body_as = {"data": data} if data is not None else {"data": self.app.json.dumps(body)}
        return self.http.post(self.url, headers=kept, **body_as)

    def get(self, accept: str | None = None, **headers: str) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if accept is not None:
            sent["Accept"] = accept
        return self.http.get(self.url, headers=sent)

    def legacy(self, method: str, params: Any = None, *, version: str | None = NEWEST_LEGACY, **headers: str) -> Any:
        """The answer to a request of a legacy revision."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method} | ({} if params is None else {"params": params})
        return self.post(body, MCP_Protocol_Version=version, **headers)

    def modern(self, method: str, params: Mapping[str, Any] | None = None, **headers: str | None) -> TestResponse:
        """The answer to a well-formed request of 2026-07-28, but for the headers that are given."""
        params = dict(params or {})
        params["_meta"] = envelope() | params.get("_meta", {})
        standard: dict[str, str | None] = {"MCP_Protocol_Version": MODERN, "Mcp_Method": method}
        if method == "tools/call":
            standard["Mcp_Name"] = params.get("name")
        return self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, **standard | headers)

    def call(self, name: str, **arguments: Any) -> TestResponse:
        """tools/call on the newest legacy revision."""
        return self.legacy("tools/call", {"name": name, "arguments": arguments})

    def tools(self) -> list[dict[str, Any]]:
        """What tools/list shows."""
        tools: list[dict[str, Any]] = self.legacy("tools/list").json["result"]["tools"]
        return tools


def envelope(version: str = MODERN) -> dict[str, Any]:
    """What the `_meta` of every modern request holds."""
    return {
        f"{META}protocolVersion": version,
        f"{META}clientCapabilities": {},
        f"{META}clientInfo": {"name": "tests", "version": "1"},
    }


def a_speaker(app: Flask, words: str = READS, *, url: str = URL, person: str = cast.OWNER, **columns: Any) -> Speaker:
    """A client with a token of its own for these scopes."""
    with app.app_context():
        return Speaker(app, a_token(words, person=person, **columns), url)
