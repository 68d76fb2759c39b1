"""What comes to the door and what goes back, without a web framework: a request's headers and JSON, and a reply."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_types.jsonrpc import INVALID_REQUEST

from halo.ground.settings import Settings
from halo.ground.wire import accept
from halo.mcp import protocol
from halo.mcp.protocol import Problem

VERSION_HEADER = "MCP-Protocol-Version"


@functools.lru_cache(maxsize=100)
def _in_wsgi(name: str) -> str:
    return "HTTP_" + name.upper().replace("-", "_")


@dataclass(slots=True)
class Arrival:
    """A request at the door."""

    environ: Mapping[str, Any]
    """WSGI's view of it."""
    settings: Settings
    take_body: Callable[[], bytes]
    """Reads the body; raises `Problem` where it is too large."""
    started_ns: int = field(default_factory=time.perf_counter_ns)
    value: Any = None
    """The body's JSON value, once it was read."""

    @property
    def method(self) -> str:
        """GET, POST, ..."""
        return str(self.environ["REQUEST_METHOD"])

    @property
    def path(self) -> str:
        """Where it knocked."""
        return str(self.environ["PATH_INFO"])

    @property
    def query(self) -> str:
        """What stands behind the path; nothing is decided by it, and only a challenge reads it."""
        return str(self.environ.get("QUERY_STRING") or "")

    def header(self, name: str) -> str | None:
        """The value of a header. White space round it is no part of it, and not every server strips it."""
        sent: str | None = self.environ.get(_in_wsgi(name))
        return sent.strip() if sent is not None else None

    def headers(self) -> dict[str, str]:
        """Every header, under its name in lower case."""
        return {
            key[5:].replace("_", "-").lower(): value.strip()
            for key, value in self.environ.items()
            if key.startswith("HTTP_")
        }

    def read(self) -> Any:
        """The body's JSON value; raises `Problem` for one that is too large, of another type, or not JSON."""
        kind = self.environ.get("CONTENT_TYPE") or ""
        if kind.partition(";")[0].strip().lower() != "application/json":
            raise Problem(INVALID_REQUEST, "The body is JSON, with Content-Type: application/json.", status=415)
        self.value = protocol.decode(self.take_body())
        return self.value

    def peek(self) -> Any:
        """The same for a request that is refused anyway: None where the body cannot be read."""
        if self.value is None and self.method == "POST":
            with contextlib.suppress(Problem):
                self.read()
        return self.value

    def takes_only_events(self) -> bool:
        """Whether the client takes server-sent events and no JSON (S-51: all else gets JSON)."""
        sent = self.header("Accept")
        return not accept.weight(sent, accept.JSON) and accept.weight(sent, accept.EVENTS) > 0


@dataclass(slots=True)
class Reply:
    """What goes back: one JSON-RPC message, or none for what needs no answer."""

    body: bytes | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    before: tuple[bytes, ...] = ()
    """Notifications that belong to the request and go ahead of the answer, on a stream."""
    error: str = ""
    """What kind of failure it tells of, for `halo.ground.telemetry`: the code of JSON-RPC, or `tool_error`."""
