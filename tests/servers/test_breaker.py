"""Leaving a failing server alone."""

from __future__ import annotations

import threading

import httpx
import pytest

from halo.ground import limits
from halo.ground.errors import UpstreamFailed
from halo.servers.breaker import Breaker
from halo.servers.failures import NeedsSignIn, Resting


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def fail(breaker: Breaker, problem: UpstreamFailed | None = None) -> None:
    problem = problem or UpstreamFailed("http", "It cannot be reached.")
    with pytest.raises(type(problem)), breaker.asked(seconds=1):
        raise problem


def succeed(breaker: Breaker) -> None:
    with breaker.asked(seconds=1):
        pass


def test_five_failures_within_a_minute_rest_a_server(breaker: Breaker, clock: Clock) -> None:
    for _ in range(limits.SERVER_FAILURES):
        fail(breaker)
    with pytest.raises(Resting) as resting, breaker.asked(seconds=1):
        pytest.fail("it was asked")
    assert 0 < resting.value.seconds <= limits.SERVER_REST_SECONDS + 1
    clock.now += limits.SERVER_REST_SECONDS + 1
    succeed(breaker)


def test_failures_that_lie_apart_or_have_a_success_between_them_do_not(breaker: Breaker, clock: Clock) -> None:
    for _ in range(limits.SERVER_FAILURES * 2):
        fail(breaker)
        clock.now += limits.SERVER_FAILURES_SECONDS / 2
    clock.now += limits.SERVER_FAILURES_SECONDS
    for _ in range(limits.SERVER_FAILURES - 1):
        fail(breaker)
    succeed(breaker)
    fail(breaker)
    succeed(breaker)


def test_what_a_server_answers_is_no_failure_of_it(breaker: Breaker) -> None:
    for _ in range(limits.SERVER_FAILURES * 2):
        fail(breaker, NeedsSignIn(401, httpx.Headers()))
    succeed(breaker)


def test_a_server_that_asks_for_rest_gets_it(breaker: Breaker, clock: Clock) -> None:
    fail(breaker, Resting(90))
    assert breaker.rests_for() > 80
    clock.now += 91
    assert breaker.rests_for() == 0


def test_so_many_calls_at_a_time_and_no_more(breaker: Breaker) -> None:
    go_on, inside = threading.Event(), threading.Semaphore(0)

    def call() -> None:
        with breaker.asked(seconds=1):
            inside.release()
            go_on.wait()

    threads = [threading.Thread(target=call) for _ in range(limits.SERVER_CALLS_AT_ONCE)]
    for thread in threads:
        thread.start()
        inside.acquire()
    with pytest.raises(Resting), breaker.asked(seconds=0):
        pytest.fail("it was asked")
    go_on.set()
    for thread in threads:
        thread.join()
    succeed(breaker)
