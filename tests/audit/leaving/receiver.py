"""A real web server that takes messages, and answers as a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from tests.support.listening import listening


@dataclass
class Message:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        return json.loads(self.body)

    @property
    def ids(self) -> list[str]:
        """Of the rows of a webhook's message."""
        return [row["id"] for row in self.told["data"]["rows"]]


@dataclass
class Receiver:
    """What came, and what is answered: each of `answers` once, then 204."""

    messages: list[Message] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    go_on: threading.Event = field(default_factory=threading.Event)
    LOST: ClassVar[int] = 0
    """Instead of a status: the message is taken, and its answer is lost."""
    SLOW: ClassVar[int] = 1
    """The same: it answers when it is told to go on."""

    def taken(self) -> list[str]:
        """Ids of all rows that came."""
        return [each for message in self.messages for each in message.ids]

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """How the next message is answered."""
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, body))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.messages.append(Message(self.path, headers, body))
            status, says, content = made.answers.pop(0) if made.answers else (204, {}, b"")
            if status == Receiver.SLOW:
                made.go_on.wait(20)
            if status in (Receiver.SLOW, Receiver.LOST):
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(content))} | says).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    made.url = f"http://127.0.0.1:{server.server_address[1]}/halo"
    with listening(server):
        yield made
        made.go_on.set()
