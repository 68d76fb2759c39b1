"""A raw loopback proxy that puts one Authorization line into the head of each request, and passes every other byte.

The conformance suite has no option for a token. Header case, white space, Host, streaming and disconnects reach the
server as the suite sent them; every request head of a kept-alive connection gets its line.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Self
from urllib.parse import urlsplit

END = b"\r\n\r\n"
CHUNK = 65_536


class TokenProxy:
    """Listens on a free port while it is entered; `url` is where the suite goes."""

    def __init__(self, target: str, token: str) -> None:
        parts = urlsplit(target)
        assert parts.hostname
        self._target = (parts.hostname, parts.port or 80)
        self._line = f"Authorization: Bearer {token}\r\n".encode()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}{parts.path}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), socket.create_connection(self._target) as server:
            back = threading.Thread(target=_pour, args=(server, client), daemon=True)
            back.start()
            for piece in self._with_token(client):
                server.sendall(piece)
            _half_close(server)
            back.join()

    def _with_token(self, client: socket.socket) -> Iterator[bytes]:
        """What the client sends, with the line in each head."""
        held = b""
        while True:
            while END not in held:
                if not (more := client.recv(CHUNK)):
                    return
                held += more
            head, _, held = held.partition(END)
            first, _, rest = head.partition(b"\r\n")
            yield first + b"\r\n" + self._line + rest + END
            left = _length(rest)
            while left:
                if not held and not (held := client.recv(CHUNK)):
                    return
                piece, held = held[:left], held[left:]
                left -= len(piece)
                yield piece


def _length(headers: bytes) -> int:
    for line in headers.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(CHUNK):
            sink.sendall(piece)
    _half_close(sink)


def _half_close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
