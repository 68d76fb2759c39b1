"""Counters in a file: shared by processes, bounded, and right under threads."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from halo.ground.counters import PROBES, SLOTS, FileStorage
from halo.ground.errors import Denied, Reason
from halo.ground.limits import CallLimiter
from halo.ground.settings import development_settings
from halo.web.throttle import limiter
from tests.support.disks import fill

SECRET = b"a secret of the counters"


@pytest.fixture
def storage(tmp_path: Path) -> FileStorage:
    return FileStorage(f"halo+file://{tmp_path}/counters", secret=SECRET)


def test_a_window_counts_and_ends(storage: FileStorage) -> None:
    assert [storage.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    assert storage.incr("b", 60) == 1
    assert storage.incr("short", 0) == 1
    assert storage.incr("short", 0) == 1


def test_another_process_counts_in_the_same_file(storage: FileStorage, tmp_path: Path) -> None:
    storage.incr("a", 60)
    made = f"S('halo+file://{tmp_path}/counters', secret={SECRET!r})"
    script = f"from halo.ground.counters import FileStorage as S; print({made}.incr('a', 60))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "2"
    assert storage.get("a") == 2


def test_threads_lose_no_count(storage: FileStorage) -> None:
    threads = [threading.Thread(target=lambda: [storage.incr("a", 60) for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert storage.get("a") == 1600


def test_every_block_of_the_file_is_there_before_it_is_written(storage: FileStorage, tmp_path: Path) -> None:
    """Writing where a full disk has no block left would kill the process."""
    sparse = tmp_path / "counters"
    sparse.touch()
    os.truncate(sparse, SLOTS * 32)  # as earlier versions left it
    assert sparse.stat().st_blocks == 0
    storage.incr("a", 60)
    assert (sparse.stat().st_size, sparse.stat().st_blocks * 512) == (SLOTS * 32, SLOTS * 32)


def test_a_full_disk_is_an_error_and_no_signal(tiny_disk: Path) -> None:
    """The counters are made whole or not at all; with room again they count."""
    ballast = fill(tiny_disk)
    storage = FileStorage(f"halo+file://{tiny_disk}/counters", secret=SECRET)
    before = sum(1 for _ in Path("/proc/self/fd").iterdir())
    for _ in range(3):
        with pytest.raises(OSError, match="No space left"):
            storage.incr("a", 60)
    assert sum(1 for _ in Path("/proc/self/fd").iterdir()) == before
    ballast.unlink()
    assert storage.incr("a", 60) == 1


def test_counters_go_on_when_the_disk_fills_up_later(tiny_disk: Path) -> None:
    storage = FileStorage(f"halo+file://{tiny_disk}/counters", secret=SECRET)
    storage.check()
    fill(tiny_disk)
    for at in range(SLOTS // 8):  # touches every page of the file
        storage.incr(str(at), 60)
    assert storage.incr("0", 60) == 2


def test_clear_and_reset_forget(storage: FileStorage) -> None:
    storage.incr("a", 60)
    storage.incr("b", 60)
    storage.clear("a")
    assert (storage.get("a"), storage.get("b")) == (0, 1)
    storage.reset()
    assert storage.get("b") == 0


def test_a_crowded_table_stays_bounded(storage: FileStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halo.ground.counters.SLOTS", PROBES)
    for number in range(PROBES * 4):
        assert storage.incr(f"key {number}", 60) == 1


def test_a_crowd_that_knocks_once_pushes_out_its_like_and_nobody_near_a_limit(
    storage: FileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("halo.ground.counters.SLOTS", PROBES)
    for _ in range(9):
        storage.incr("guessed at", 60)
    for number in range(PROBES * 20):
        storage.incr(f"passer-by {number}", 3600)
    assert storage.incr("guessed at", 60) == 10


def test_what_was_pushed_out_is_counted(storage: FileStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halo.ground.counters.SLOTS", PROBES)
    for number in range(PROBES):
        storage.incr(f"key {number}", 60)
    assert storage.pushed() == 0
    for number in range(30):
        storage.incr(f"another {number}", 60)
    assert storage.pushed() == 30


def test_counters_whose_windows_are_over_are_not_pushed(storage: FileStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halo.ground.counters.SLOTS", PROBES)
    for number in range(PROBES * 3):
        storage.incr(f"key {number}", 0)
    assert storage.pushed() == 0


def test_a_count_can_be_taken_back_and_never_below_nothing(storage: FileStorage) -> None:
    storage.incr("a", 60)
    assert storage.incr("a", 60, -1) == 0
    assert storage.incr("a", 60, -1) == 0


def test_where_a_counter_lies_is_known_to_nobody_without_the_secret_key(tmp_path: Path) -> None:
    def places(secret_key: str) -> list[int]:
        storage = CallLimiter(development_settings(instance=tmp_path, secret_key=secret_key)).storage
        storage.check()
        return [storage._find(f"key {number}", 0)[1] for number in range(10)]

    assert places("a" * 32) == places("a" * 32)
    assert not set(places("a" * 32)) & set(places("b" * 32))


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_limits_of_endpoints_lie_by_the_same_secret(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    app = make_app(secret_key="c" * 32)
    calls = CallLimiter(development_settings(instance=tmp_path, secret_key="c" * 32))
    with app.app_context():
        assert limiter.storage._secret == calls.storage._secret


@given(st.lists(st.sampled_from("abc"), max_size=30))
def test_counts_are_those_of_a_dictionary(tmp_path_factory: pytest.TempPathFactory, keys: list[str]) -> None:
    storage = FileStorage(f"halo+file://{tmp_path_factory.mktemp('counters')}/counters", secret=SECRET)
    for position, key in enumerate(keys):
        assert storage.incr(key, 60) == keys[: position + 1].count(key)


@pytest.mark.parametrize("shared", ["file", "redis"])
def test_the_tightest_limit_is_what_a_caller_sees(shared: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("redis_url") if shared == "redis" else ""
    limiter = CallLimiter(development_settings(instance=tmp_path, redis_url=url))
    keys = {"calls_per_workspace": str(tmp_path), "calls_per_client": str(tmp_path)}
    limits = {"calls_per_workspace": 10, "calls_per_client": 3}
    assert [limiter.spend(keys, limits).remaining for _ in range(3)] == [2, 1, 0]
    with pytest.raises(Denied) as refused:
        limiter.spend(keys, limits)
    limiter.close()
    assert refused.value.reason is Reason.rate_limited
    assert "calls per client" in refused.value.message


@pytest.mark.parametrize("shared", ["file", "redis"])
def test_what_a_callers_own_limit_refuses_costs_the_limit_behind_it_nothing(
    shared: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("redis_url") if shared == "redis" else ""
    limiter = CallLimiter(development_settings(instance=tmp_path, redis_url=url))
    keys = {"calls_per_client": str(tmp_path), "calls_per_workspace": str(tmp_path)}
    for _ in range(6):
        with contextlib.suppress(Denied):
            limiter.spend(keys, {"calls_per_client": 2, "calls_per_workspace": 100})
    assert limiter.spend({"calls_per_workspace": str(tmp_path)}, {"calls_per_workspace": 100}).remaining == 97
    limiter.close()
