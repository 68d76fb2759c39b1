"""The one way out: an HTTP client that refuses private addresses, connects to the address that it checked, and stops
reading at a limit.

The guard is a transport. It resolves the name once, checks every address that it got, and connects to those with
the original name kept for TLS and `Host`, so that a second look-up cannot send it elsewhere. It follows no redirect
and no proxy from the environment. One pool per origin: a pool by address could lend one host's connection to another.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx

from halo import networks
from halo.errors import UpstreamFailed
from halo.settings import DEFAULT_PORTS, Settings
from halo.telemetry.outgoing import HandedOn

USER_AGENT = "Halo/0.1"
ADDRESSES = 4
"""Of one name, that are tried."""
CONNECTIONS = httpx.Limits(max_connections=4, max_keepalive_connections=2, keepalive_expiry=10)


@cache
def tls() -> ssl.SSLContext:
    """The one TLS context of this process; building one costs 25 ms."""
    return httpx.create_ssl_context(trust_env=False)


def client(settings: Settings, *, seconds: float) -> httpx.Client:
    """A client with the guard; `seconds` is the limit of each read. Read bodies with `capped`."""
    return httpx.Client(
        transport=HandedOn(GuardedTransport(allow_private=settings.allow_private_addresses)),
        timeout=seconds,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
    )


def capped(response: httpx.Response, limit: int, *, seconds: float) -> bytes:
    """The body of a streamed response; raises `UpstreamFailed` for more than `limit` bytes or a sender that drips.

    The bytes as they were sent: a compressed answer, which nobody asked for, is refused. What is unpacked before it is
    counted fits into a few kilobytes and fills the memory.
    """
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise UpstreamFailed("protocol", "The answer is compressed, which was not asked for.")
    body, end = bytearray(), time.monotonic() + seconds
    for chunk in response.iter_raw(16_384):
        body += chunk
        if len(body) > limit:
            raise UpstreamFailed("protocol", f"The answer is longer than {limit} bytes.")
        if time.monotonic() > end:
            raise UpstreamFailed("http", f"The answer took longer than {seconds:g} s.")
    return bytes(body)


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[dict[str, Any]]:
    """Cuts the connection of a request with these extensions after so many seconds in all.

    The limit of a read starts anew with every byte, so that a sender that drips could hold a thread for hours.
    """
    held: list[socket.socket] = []
    is_over = threading.Event()

    def cut() -> None:
        is_over.set()
        for connection in held:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def notice(event: str, facts: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            # Another descriptor of the connection: the first may be closed and given to somebody else meanwhile.
            held.append(facts["return_value"].get_extra_info("socket").dup())
            if is_over.is_set():
                cut()

    clock = threading.Timer(seconds, cut)
    clock.daemon = True
    clock.start()
    try:
        yield {"trace": notice}
    finally:
        clock.cancel()
        clock.join()
        for connection in held:
            connection.close()


class GuardedTransport(httpx.BaseTransport):
    """Checks where a request goes before it goes there."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._pools: dict[tuple[str, str, int], httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme not in DEFAULT_PORTS or (url.scheme == "http" and not self._allow_private):
            raise UpstreamFailed("address", "Only https addresses are reached.")
        port = url.port or DEFAULT_PORTS[url.scheme]
        addresses = self._checked(url.host, port)
        origin = (url.scheme, url.host, port)
        if origin not in self._pools:
            self._pools[origin] = httpx.HTTPTransport(verify=tls(), limits=CONNECTIONS)
        for address in addresses[:-1]:
            try:
                return self._pools[origin].handle_request(_aimed(request, address))
            except httpx.ConnectError:
                continue
        return self._pools[origin].handle_request(_aimed(request, addresses[-1]))

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()

    def _checked(self, host: str, port: int) -> list[str]:
        addresses = list(_resolve(host, port))
        if not self._allow_private and not all(networks.is_public(address) for address in addresses):
            raise UpstreamFailed("address", "The address is not on the public internet.")
        return addresses[:ADDRESSES]


def _aimed(request: httpx.Request, address: str) -> httpx.Request:
    """The request to one address, with the name kept in `Host` and for TLS."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions=dict(request.extensions) | {"sni_hostname": request.url.host},
    )


def _resolve(host: str, port: int) -> Iterator[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UpstreamFailed("address", "The name of the host is not known.") from None
    yield from (str(entry[4][0]) for entry in found)
