"""Whatever a server or a resolver does, an errand is over in its time, and an answer has its limit."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest

from halo.ground import outbound
from halo.ground.errors import UpstreamFailed
from halo.ground.outbound import guard, lookups
from tests.ground.outbound.servers import Keeping, keeping, raw
from tests.ground.outbound.test_outbound import GUARDED, OPEN, get

__all__ = ["keeping"]
Talk = Callable[[socket.socket, threading.Event], None]


def drips(before: bytes, drop: bytes = b"x") -> Talk:
    """Sends something a byte at a time, faster than any limit of one read."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(before)
        while not over.wait(0.01):
            connection.sendall(drop)

    return talk


def silent(connection: socket.socket, over: threading.Event) -> None:
    """Takes the connection, reads nothing, says nothing."""
    over.wait()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
PACKED = CHUNKED + b"Content-Encoding: gzip\r\n\r\n"
SLOW = {
    "in its status": drips(b"HTTP/1.1 200 "),
    "in its headers": drips(b"HTTP/1.1 200 OK\r\nX-Slow: "),
    "in its body": drips(CHUNKED + b"\r\n", b"1\r\nx\r\n"),
    "in a chunk": drips(CHUNKED + b"\r\nffff\r\n"),
    "in a packed body": drips(PACKED + b"a\r\n" + gzip.compress(b"")[:10] + b"\r\n", b"5\r\n\0\0\0\xff\xff\r\n"),
    "in hints": drips(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "in nothing": silent,
}


@pytest.mark.parametrize("talk", SLOW.values(), ids=SLOW)
def test_a_server_that_drips_is_given_up(talk: Talk) -> None:
    with (
        raw(talk) as port,
        pytest.raises(UpstreamFailed, match=r"did not answer within 0\.3 s"),
        outbound.errand(OPEN, seconds=0.3) as client,
        client.stream("GET", f"http://127.0.0.1:{port}/") as response,
    ):
        outbound.capped(response, 1_000_000)


@pytest.mark.parametrize("talk", [silent, drips(b"", b"\x16")], ids=["silent", "dripping"])
def test_a_handshake_that_does_not_end_is_given_up(talk: Talk) -> None:
    with raw(talk) as port, pytest.raises(UpstreamFailed, match=r"did not answer|cannot be reached"):
        get(f"https://127.0.0.1:{port}/", seconds=0.3)


def test_a_server_that_takes_a_request_in_drops_is_given_up() -> None:
    def sips(connection: socket.socket, over: threading.Event) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while not over.wait(0.01):
            connection.recv(4096)

    with (
        raw(sips) as port,
        pytest.raises(UpstreamFailed, match="did not answer"),
        outbound.errand(OPEN, seconds=0.5) as client,
    ):
        client.post(f"http://127.0.0.1:{port}/", content=b"x" * 100_000_000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds by which the clock of the errand under way is put forward."""
    forward = [0.0]
    monkeypatch.setattr(guard, "clock", lambda: time.monotonic() + forward[0])
    return forward


def test_a_reused_connection_has_only_what_is_left(keeping: Keeping, clock: list[float]) -> None:
    with pytest.raises(UpstreamFailed, match="did not answer"), outbound.errand(OPEN, seconds=30) as client:
        client.get(keeping.url + "/first")
        clock[0] = 31
        client.get(keeping.url + "/second")
    assert len(keeping.asked) == 1
    assert get(keeping.url + "/third") == "hello"
    assert keeping.connections == 1


def test_a_request_that_is_sent_in_parts_has_only_what_is_left(clock: list[float]) -> None:
    taken: list[int] = []

    def parts() -> Iterator[bytes]:
        for number in range(3):
            taken.append(number)
            clock[0] = 31 * number
            yield b"x"

    def takes(connection: socket.socket, over: threading.Event) -> None:
        while connection.recv(4096):
            over.wait(0)

    with raw(takes) as port, pytest.raises(UpstreamFailed), outbound.errand(OPEN, seconds=30) as client:
        client.post(f"http://127.0.0.1:{port}/", content=parts())
    assert taken == [0, 1]


def test_a_body_that_is_read_late_is_not_waited_for(clock: list[float]) -> None:
    with (
        raw(drips(CHUNKED + b"\r\n", b"1\r\nx\r\n")) as port,
        pytest.raises(UpstreamFailed, match="did not answer"),
        outbound.errand(OPEN, seconds=30) as client,
        client.stream("GET", f"http://127.0.0.1:{port}/") as response,
    ):
        clock[0] = 31
        outbound.capped(response, 1_000_000)


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A resolver that says nothing before the event."""
    over, asking = threading.Event(), list[threading.Thread]()

    def resolve(_: str) -> list[str]:
        asking.append(threading.current_thread())
        over.wait(60)
        return ["8.8.8.8"]

    monkeypatch.setattr(lookups, "resolve", resolve)
    yield over
    over.set()
    for thread in asking:
        thread.join()


def test_a_resolver_that_does_not_answer_is_given_up_with_the_errand(stuck: threading.Event) -> None:
    with pytest.raises(UpstreamFailed, match="not known, or it is not on the public internet"):
        get("https://vendor.example/", GUARDED, seconds=0.1)
    assert not stuck.is_set()


def test_no_errand_waits_longer_for_a_name_than_a_look_up_may_take(
    stuck: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "LOOKUP_SECONDS", 0.1)
    begun = time.monotonic()
    with pytest.raises(UpstreamFailed, match="not known"):
        get("https://vendor.example/", GUARDED, seconds=50)
    assert time.monotonic() - begun < 40


def test_look_ups_that_hang_take_only_so_many_threads(stuck: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "_places", places := threading.BoundedSemaphore(2))
    before = threading.active_count()
    for number in range(6):
        with pytest.raises(lookups.Unknown, match="in time" if number < 2 else "too many"):
            lookups.addresses(f"n{number}.example", 0.05)
    assert threading.active_count() <= before + 2
    stuck.set()
    assert places.acquire(timeout=30) and places.acquire(timeout=30)


@pytest.mark.parametrize("name", ["", "x" * 64 + ".example", "a..b", "\udcff.example", "nul\0.example"])
def test_a_name_that_can_be_none_is_not_known(name: str) -> None:
    with pytest.raises(lookups.Unknown, match=r"not known|in time"):
        lookups.addresses(name)


def read(keeping: Keeping, limit: int) -> bytes:
    with (
        outbound.errand(OPEN, seconds=30) as client,
        client.stream("GET", keeping.url + "/") as response,
    ):
        return outbound.capped(response, limit)


def test_an_answer_is_read_up_to_its_limit(keeping: Keeping) -> None:
    for headers, body in (({}, b"x" * 5000), ({"Content-Encoding": "gzip"}, gzip.compress(b"x" * 5000))):
        keeping.answers["/"] = (200, headers, body)
        assert read(keeping, 5000) == b"x" * 5000
        with pytest.raises(UpstreamFailed, match="longer than 4999 bytes"):
            read(keeping, 4999)


def test_what_was_asked_for_is_unpacked(keeping: Keeping) -> None:
    packed = gzip.compress(b"hello")
    for coding, body in (("", b"hello"), (" Identity ", b"hello"), ("GZIP", packed), ("x-gzip", packed)):
        keeping.answers["/"] = (200, {"Content-Encoding": coding}, body)
        assert read(keeping, 100) == b"hello"
    keeping.answers["/"] = (200, {"Content-Encoding": "gzip"}, b"")
    assert read(keeping, 100) == b""


def test_a_bomb_fills_no_memory(keeping: Keeping) -> None:
    keeping.answers["/"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"\0" * 50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(UpstreamFailed, match="longer than 100000 bytes"):
            read(keeping, 100_000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_packed_bytes_that_unpack_to_nothing_count_too(keeping: Keeping) -> None:
    body = gzip.compress(b"")[:10] + b"\0\0\0\xff\xff" * 5000
    keeping.answers["/"] = (200, {"Content-Encoding": "gzip"}, body)
    with pytest.raises(UpstreamFailed, match="longer than 10000 bytes"):
        read(keeping, 10_000)


BROKEN = {
    "packed twice": ("gzip, gzip", gzip.compress(gzip.compress(b"x")), "was not asked for"),
    "brotli": ("br", b"x", "was not asked for"),
    "deflate": ("deflate", zlib.compress(b"x"), "was not asked for"),
    "zstandard": ("zstd", b"x", "was not asked for"),
    "something else": ("gzip", b"no gzip", "cannot be unpacked"),
    "cut": ("gzip", gzip.compress(b"x" * 100)[:-9], "cut short"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_unpacked_is_told(keeping: Keeping, case: str) -> None:
    coding, body, said = BROKEN[case]
    keeping.answers["/"] = (200, {"Content-Encoding": coding}, body)
    with pytest.raises(UpstreamFailed, match=said):
        read(keeping, 1000)


def test_an_answer_that_ends_early_is_told() -> None:
    def cut(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel")

    with raw(cut) as port, pytest.raises(UpstreamFailed, match="cannot be reached"):
        get(f"http://127.0.0.1:{port}/")


def test_head_and_body_of_a_request_leave_together(clock: list[float]) -> None:
    pieces: list[bytes] = []

    def takes(connection: socket.socket, _: threading.Event) -> None:
        pieces.append(connection.recv(65_536))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with raw(takes) as port, outbound.errand(OPEN, seconds=30) as client:
        assert client.post(f"http://127.0.0.1:{port}/", content=b"the body").status_code == 200
    assert pieces[0].endswith(b"\r\n\r\nthe body")


def test_who_answers_and_hangs_up_before_all_is_sent_is_heard(clock: list[float]) -> None:
    def refuses(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 413 Too large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass

    with raw(refuses) as port, outbound.errand(OPEN, seconds=30) as client:
        assert client.post(f"http://127.0.0.1:{port}/", content=b"x" * 3_000_000).status_code == 413
