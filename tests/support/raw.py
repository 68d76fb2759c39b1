"""Clients that speak HTTP badly, byte by byte, on loopback."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

from tests.support.live import LiveServer

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
"""How HTTP/2 begins with prior knowledge, and its first frame."""


def head(
    method: str = "POST",
    path: str = "/api/mcp/oauth/token",
    length: int | None = 1000,
    kind: str = FORM,
    **headers: str,
) -> bytes:
    """The head of a request that promises a body of this length."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@contextlib.contextmanager
def connections(
    server: LiveServer, count: int, begins: bytes, *, buffer: int | None = None
) -> Iterator[list[socket.socket]]:
    """So many connections that begin with these bytes, and then do what the test does with them."""
    with contextlib.ExitStack() as stack:
        opened = []
        for _ in range(count):
            made = stack.enter_context(socket.socket())
            if buffer is not None:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            made.settimeout(30)
            made.connect(("127.0.0.1", server.port))
            made.sendall(begins)
            opened.append(made)
        yield opened


def everything(connection: socket.socket) -> bytes:
    """What is said until the other side ends."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65_536):
            said += part
    return said
