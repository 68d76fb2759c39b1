"""The documentation tools answered by a remote MCP server (`HALO_DOCS_MCP_URL`).

The server must be open to all and offer `search_docs` (argument `query`) and `read_doc` (arguments `doc`, `cursor`).
It is asked in the modern revision first, then, if it does not understand, with a handshake; what it understood is
remembered per process. An answer in another shape than ours is handed on as one text.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.ground.settings import Settings
from halo.ground.telemetry import operations
from halo.ground.wire.revisions import NEWEST_LEGACY, NEWEST_MODERN

SECONDS = 15
ANSWER_BYTES = 1_000_000
_META = "io.modelcontextprotocol/"
_CLIENT = {"name": "halo-docs-proxy", "version": "1"}
_ids = itertools.count(1)
_remotes: dict[str, Remote] = {}
_building = threading.Lock()


@dataclass(frozen=True, slots=True)
class RemoteText:
    """What the remote server answered: its text, and its data where it gave any."""

    text: str
    data: Mapping[str, Any] | None
    is_error: bool


class Remote:
    """One remote server: what it understands and, if it wants one, a handshake that lasts until it forgets."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: dict[str, str] | None = None
        """Headers after a handshake; None while the server is not known to want one."""

    def call(self, name: str, arguments: Mapping[str, Any]) -> RemoteText:
        """The answer of a tool within `SECONDS`, however many requests it takes; raises `UpstreamFailed` for none."""
        params = {"name": name, "arguments": dict(arguments)}
        with outbound.errand(outbound.operators(self._settings), seconds=SECONDS) as http:
            return _told(self._answered(_Line(self._settings.docs_mcp_url, http), params))

    def _answered(self, line: _Line, params: dict[str, Any]) -> dict[str, Any]:
        try:
            if self._session is None:
                return _modern(line, params)
            return line.ask("tools/call", params, self._session)[0]
        except _NotUnderstood:
            result, self._session = _legacy(line, params)
            return result


def _modern(line: _Line, params: dict[str, Any]) -> dict[str, Any]:
    meta = {"protocolVersion": NEWEST_MODERN, "clientCapabilities": {}, "clientInfo": _CLIENT}
    marked = params | {"_meta": {_META + key: value for key, value in meta.items()}}
    headers = {"MCP-Protocol-Version": NEWEST_MODERN, "Mcp-Method": "tools/call", "Mcp-Name": params["name"]}
    return line.ask("tools/call", marked, headers)[0]


def _legacy(line: _Line, params: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The result, and the headers of the handshake that it took."""
    hello = {"protocolVersion": NEWEST_LEGACY, "capabilities": {}, "clientInfo": _CLIENT}
    welcome, session = line.ask("initialize", hello, {})
    headers = {"MCP-Protocol-Version": _sendable(str(welcome.get("protocolVersion", NEWEST_LEGACY)))}
    if session:
        headers["Mcp-Session-Id"] = session
    line.send({"jsonrpc": "2.0", "method": "notifications/initialized"}, headers)
    return line.ask("tools/call", params, headers)[0], headers


@dataclass(frozen=True, slots=True)
class _Line:
    """The way to the server for one call."""

    url: str
    http: httpx.Client

    def ask(self, method: str, params: dict[str, Any], headers: dict[str, str]) -> tuple[dict[str, Any], str]:
        """The result of a request, and the session that came with it."""
        number = next(_ids)
        if carried := operations.carried():
            params = params | {"_meta": params.get("_meta", {}) | carried}
        body = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        status, kind, answer, session = self.send(body, headers)
        message = next((each for each in _messages(kind, answer) if each.get("id") == number), None)
        if status >= 500:
            raise UpstreamFailed("http", f"The documentation server answered {status}.")
        if message is None or not isinstance(message.get("result"), dict):
            raise _NotUnderstood("protocol", f"The documentation server does not understand {method} ({status}).")
        return message["result"], session

    def send(self, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, str, bytes, str]:
        """Status, type, body and session of the answer."""
        sent = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"} | headers
        content = orjson.dumps(body)
        try:
            with self.http.stream("POST", self.url, content=content, headers=sent) as answer:
                told = outbound.capped(answer, ANSWER_BYTES)
        except httpx.HTTPError as problem:
            raise UpstreamFailed("http", "The documentation server does not answer.") from problem
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return answer.status_code, kind, told, _sendable(answer.headers.get("Mcp-Session-Id", ""))


class _NotUnderstood(UpstreamFailed):
    """The server answered, but not to this revision of the protocol."""


def remote(settings: Settings) -> Remote:
    """The remote server of these settings."""
    with _building:
        if settings.docs_mcp_url not in _remotes:
            _remotes[settings.docs_mcp_url] = Remote(settings)
        return _remotes[settings.docs_mcp_url]


def _messages(kind: str, answer: bytes) -> Iterator[dict[str, Any]]:
    """The JSON-RPC messages of an answer: one as JSON, any number as server-sent events."""
    if kind == "text/event-stream":
        events = answer.decode(errors="replace").replace("\r\n", "\n").split("\n\n")
        texts = ["\n".join(line[5:].strip() for line in each.split("\n") if line[:5] == "data:") for each in events]
    else:
        texts = [answer.decode(errors="replace")]
    for text in filter(None, texts):
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            continue
        if isinstance(message, dict):
            yield message


def _sendable(value: str) -> str:
    """What a server said that it wants to hear again in a header; raises `UpstreamFailed` for what none can carry."""
    if value.isascii() and value.isprintable():
        return value
    raise UpstreamFailed("protocol", "The documentation server's answer cannot be used: a header is not plain ASCII.")


def _told(result: dict[str, Any]) -> RemoteText:
    blocks = result.get("content")
    texts = [block.get("text", "") for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    data = result.get("structuredContent")
    text = "\n\n".join(text for text in texts if isinstance(text, str) and text)
    return RemoteText(text, data if isinstance(data, dict) else None, result.get("isError") is True)
