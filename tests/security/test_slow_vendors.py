"""A stranger's server holds up nothing: what is read from it is read within a time, and not all at once."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from halo.ground.errors import UpstreamFailed
from halo.ground.outbound import small
from halo.ground.settings import development_settings
from halo.oauth import cimd
from halo.tools import elsewhere
from tests.ground.outbound.servers import Names, names

__all__ = ["names"]
OPEN = development_settings(allow_private_addresses=True)


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends its headers a byte at a time, faster than any limit of a read, and does not end: who reads
    to the end never comes back."""
    server = socket.create_server(("127.0.0.1", 0))
    gone = threading.Event()

    def drip() -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not gone.wait(0.05):
                connection.sendall(b"x")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/client.json"
    gone.set()
    server.close()
    thread.join()


def test_a_vendor_that_drips_is_given_up(dripping: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cimd._documents, "seconds", 0.5)
    with pytest.raises(cimd.Unreadable):
        cimd.read(dripping, OPEN)


def test_a_documentation_server_that_drips_is_given_up(dripping: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "SECONDS", 0.5)
    asked = development_settings(allow_private_addresses=True, docs_mcp_url=dripping)
    with pytest.raises(UpstreamFailed):
        elsewhere.told("search_docs", {"query": "x"}, asked)


def test_only_so_many_documents_are_read_at_once(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    one = small.SmallReader("application/json", seconds=30, most_bytes=cimd.BYTES, at_once=1)
    monkeypatch.setattr(cimd, "_documents", one)
    with one.place(), pytest.raises(cimd.Unreadable, match="Too many"):
        cimd.read("https://vendor.example/client.json", OPEN)
    with pytest.raises(cimd.Unreadable, match="not known"):
        cimd.read("https://vendor.example/client.json", OPEN)
    assert names.asked == ["vendor.example"]
