"""A third-party MCP server in the hands of a test: it answers as it is told, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from halo.ground.outbound.guard import Policy
from halo.servers.client import Address, Upstream
from tests.support.listening import listening

LOOPBACK = Policy(frozenset({"http", "https"}), low_ports=True, private=True)
MODERN, LEGACY = "2026-07-28", "2025-11-25"


@dataclass
class Asked:
    """One request that came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any

    @property
    def rpc(self) -> str:
        return self.body.get("method", "") if isinstance(self.body, dict) else ""


@dataclass
class Answer:
    """What goes back: JSON where the body is an object, bytes as they are."""

    body: Any = b""
    status: int = 200
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Behaviour = Callable[[Asked], Answer]


class Theirs:
    """The server: `behaves` decides each answer."""

    def __init__(self, behaves: Behaviour) -> None:
        self.behaves = behaves
        self.asked: list[Asked] = []
        theirs = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with contextlib.suppress(ValueError):
                    raw = json.loads(raw)
                asked = Asked(self.command, self.path, dict(self.headers), raw)
                theirs.asked.append(asked)
                said = theirs.behaves(asked)
                content = said.content()
                lines = {"Content-Type": said.kind, "Content-Length": str(len(content))} | dict(said.headers)
                head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
                self.wfile.write(f"HTTP/1.1 {said.status} X\r\n{head}\r\n".encode("latin-1") + content)

            do_GET = do_POST = do_DELETE = answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.url = f"{self.origin}/mcp"

    def said(self) -> list[str]:
        """The MCP methods that came, in order."""
        return [asked.rpc for asked in self.asked if asked.rpc]

    def upstream(self, version: str = "") -> Upstream:
        """Halo's side of it."""
        return Upstream(Address(self.url, LOOPBACK), version=version)


@contextlib.contextmanager
def theirs(behaves: Behaviour) -> Iterator[Theirs]:
    """A server that behaves so, while it is needed."""
    made = Theirs(behaves)
    with listening(made.server):
        yield made


def result(asked: Asked, said: Mapping[str, Any]) -> Answer:
    return Answer({"jsonrpc": "2.0", "id": asked.body["id"], "result": said})


def error(asked: Asked, code: int, data: Any = None, status: int = 200) -> Answer:
    said: dict[str, Any] = {"code": code, "message": "a stranger's words"} | ({} if data is None else {"data": data})
    return Answer({"jsonrpc": "2.0", "id": asked.body.get("id"), "error": said}, status)


def events(*messages: Any, before: str = "") -> Answer:
    """Server-sent events, one a message."""
    text = before + "".join(f"data: {json.dumps(message)}\n\n" for message in messages)
    return Answer(text.encode(), kind="text/event-stream")


TOOL = {"name": "echo", "description": "Says it back.", "inputSchema": {"type": "object", "properties": {}}}


def modern(asked: Asked, tools: list[dict[str, Any]] | None = None, called: Any = None) -> Answer:
    """A well-behaved server of the modern era."""
    if asked.rpc == "server/discover":
        return result(asked, {"resultType": "complete", "supportedVersions": [MODERN], "capabilities": {"tools": {}}})
    if asked.rpc == "tools/list":
        return result(asked, {"resultType": "complete", "tools": tools or [TOOL], "ttlMs": 60_000})
    if asked.rpc == "tools/call":
        return result(asked, called or {"resultType": "complete", "content": [{"type": "text", "text": "hello"}]})
    return error(asked, -32601, status=404)


def legacy(session: Callable[[], str] = lambda: "") -> Behaviour:
    """A well-behaved server of the eras before, with the session that is open now where it keeps one."""

    def behaves(asked: Asked) -> Answer:
        if asked.rpc == "initialize":
            said = result(asked, {"protocolVersion": LEGACY, "capabilities": {"tools": {}}, "serverInfo": {}})
            said.headers = {"Mcp-Session-Id": session()} if session() else {}
            return said
        if session() and asked.headers.get("Mcp-Session-Id") != session():
            return Answer(b"Bad Request: no valid session", 400, "text/plain")
        if asked.rpc == "notifications/initialized" or asked.method == "DELETE":
            return Answer(status=202)
        if asked.rpc in ("tools/list", "tools/call"):
            return modern(asked)
        return error(asked, -32601)

    return behaves
