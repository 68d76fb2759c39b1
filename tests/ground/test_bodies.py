"""Who may hold a thread while a body arrives: strangers a quarter, known senders three quarters where they are slow."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from halo.ground import limits
from halo.ground.wire import bodies
from halo.ground.wire.bodies import Body, Registry
from tests.support.until import until

THREADS = 8


class Input:
    """A sender who sends nothing until the test lets it."""

    def __init__(self) -> None:
        self.come = threading.Event()
        self.reading = 0

    def read(self, size: int | None = None) -> bytes:
        self.reading += 1
        self.come.wait(60)
        self.reading -= 1
        return b"all of it"[:size]

    readline = read


class Answers(list[tuple[int, dict[str, str], bytes]]):
    """What was said past the application."""

    def __call__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.append((status, dict(headers), body))


def a_body(stream: Input, registry: Registry, said: Answers, *, is_known: bool = False) -> Body:
    body = Body(stream, said, registry, is_json=True)
    if is_known:
        bodies.vouch({"wsgi.input": body})
    return body


@pytest.mark.parametrize("take", [Body.read, Body.readline])
def test_strangers_read_in_a_quarter_of_the_threads_and_the_rest_are_told(
    monkeypatch: pytest.MonkeyPatch, take: object
) -> None:
    monkeypatch.setattr(limits, "STRANGER_WAIT_SECONDS", 0.01)
    stream, registry, said = Input(), Registry(THREADS), Answers()
    with ThreadPoolExecutor(3 * THREADS) as pool:
        tries = [pool.submit(take, a_body(stream, registry, said)) for _ in range(3 * THREADS)]  # type: ignore[arg-type]
        until(lambda: sum(it.done() for it in tries) == 3 * THREADS - THREADS // 4)
        assert stream.reading == THREADS // 4
        stream.come.set()
    assert sorted(it.result() for it in tries)[-THREADS // 4 :] == [b"all of it"] * (THREADS // 4)
    assert len(said) == 3 * THREADS - THREADS // 4
    assert all(status == 503 and int(headers["retry-after"]) > 0 for status, headers, _ in said)
    assert a_body(stream, registry, said).read() == b"all of it"


def test_who_waits_for_a_place_gets_the_next_one() -> None:
    stream, registry, said = Input(), Registry(4), Answers()
    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(a_body(stream, registry, said).read, 3) for _ in range(2)]
        until(lambda: stream.reading == 1)
        stream.come.set()
        assert [it.result() for it in tries] == [b"all"] * 2
    assert not said


def test_known_senders_take_no_place_and_their_slow_ones_leave_a_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, registry, said = Input(), Registry(THREADS), Answers()
    with ThreadPoolExecutor(THREADS) as pool:
        tries = [pool.submit(a_body(stream, registry, said, is_known=True).read) for _ in range(THREADS)]
        until(lambda: stream.reading == THREADS)
        assert (registry.late(), registry.excess()) == ([], [])
        monkeypatch.setattr(limits, "SLOW_BODY_SECONDS", 0)
        assert len(registry.excess()) == THREADS // 4
        assert a_body(stream, registry, said, is_known=True).read() == b""
        assert said[-1][0] == 503
        stream.come.set()
    assert [it.result() for it in tries] == [b"all of it"] * THREADS


def test_half_a_body_is_none_and_the_first_answer_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0)
    stream, registry, said = Input(), Registry(THREADS), Answers()
    body = a_body(stream, registry, said)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(body.read)
        until(lambda: registry.late() == [body])
        length = body.give_up(408, "Too late.")
        assert (registry.late(), registry.is_stuck()) == ([], True)
        stream.come.set()
        assert read.result() == b""
    assert not registry.is_stuck()
    assert body.read() == b""
    assert len(said[0][2]) == length
