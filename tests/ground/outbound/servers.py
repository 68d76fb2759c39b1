"""Servers of somebody else for the way out, and the names that lead to them."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from halo.ground.outbound import lookups
from tests.support.listening import listening


class Keeping:
    """A web server that keeps its connections open, and counts them."""

    def __init__(self) -> None:
        self.connections, self.asked = 0, list[str]()
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        keeping = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                keeping.connections += 1
                super().setup()

            def do_GET(self) -> None:
                keeping.asked.append(f"{self.headers['Host']}{self.path}")
                status, headers, body = keeping.answers.get(self.path, (200, {}, b"hello"))
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"


@pytest.fixture
def keeping() -> Iterator[Keeping]:
    made = Keeping()
    with listening(made.server):
        yield made


class Names:
    """What the resolver says: for each name its answers in turn, the last of them for good. Other names are unknown."""

    def __init__(self) -> None:
        self.known: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        with contextlib.suppress(ValueError):
            return [str(ipaddress.ip_address(host))]
        if host not in self.known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answers = self.known[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    made = Names()
    monkeypatch.setattr(lookups, "resolve", made)
    return made


@contextlib.contextmanager
def raw(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """The port of a server that talks like this to each who comes, until the event."""
    over = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    threads: list[threading.Thread] = []

    def meet(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            talk(connection, over)

    def serve() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                threads.append(threading.Thread(target=meet, args=(server.accept()[0],), daemon=True))
                threads[-1].start()

    threads.append(threading.Thread(target=serve, daemon=True))
    threads[0].start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        for thread in threads:
            thread.join()
        server.close()
