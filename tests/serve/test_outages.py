"""The served Halo while PostgreSQL or Redis is frozen: it says so in time, at every worker, and is well again after."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from halo.ground.database import db
from halo.ledger.models import ActionExecution
from tests.mcp.speaker import BOTH
from tests.support import postgres, redis_server, stores
from tests.support.live import LiveServer
from tests.support.parts import require
from tests.support.redis_server import OwnRedis
from tests.support.tokens import a_token_for, beside, lift_limits
from tests.support.until import until

WORKERS, THREADS = 2, 8
MANY = 2 * WORKERS * THREADS
"""Callers at once: more than there are threads."""
ASKS = 3 * WORKERS
"""Questions on connections of their own, of which each worker takes some."""
HEALTH_SECONDS, READY_SECONDS, CALL_SECONDS = 5.0, 10.0, 20.0
"""What each may take on a machine that is busy with other things; promised are 1, 2 and 3 (running-halo.md), and
whoever waited for the server that is frozen would wait for ever."""
FOR_EVER = 60.0
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "setup_get_jwt_sample", "arguments": {"language": "python"}},
}


@dataclass(frozen=True)
class Served:
    """Halo on a PostgreSQL and a Redis of its own, and somebody who may call it."""

    server: LiveServer
    postgres: postgres.Server
    redis: OwnRedis
    token: str

    def get(self, path: str) -> tuple[float, httpx.Response]:
        return _timed(lambda: httpx.get(f"{self.server.url}{path}", timeout=FOR_EVER, trust_env=False))

    def call(self) -> tuple[float, httpx.Response]:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": BOTH}
        return _timed(
            lambda: httpx.post(self.server.mcp_url, json=CALL, headers=headers, timeout=FOR_EVER, trust_env=False)
        )

    def is_well(self) -> bool:
        """Whether every worker answers calls and says that nothing is the matter."""
        return all(
            self.call()[1].status_code == 200 and self.get("/readyz")[1].json()["status"] == "ok" for _ in range(ASKS)
        )

    def rows(self) -> int:
        with beside(self.server):
            return db.session.scalar(select(func.count()).select_from(ActionExecution)) or 0


def _timed(ask: Any) -> tuple[float, httpx.Response]:
    began = time.monotonic()
    answer = ask()
    return time.monotonic() - began, answer


@pytest.fixture(scope="module")
def halo() -> Iterator[Served]:
    require("PostgreSQL", postgres.find)
    require("Redis", redis_server.find)
    with tempfile.TemporaryDirectory(prefix="halo-own-") as folder:  # where another account can reach it
        database = postgres.Server(Path(folder))
        database.start()
        redis = OwnRedis(Path(folder))
        try:
            store = stores.populated(f"{database.url}/postgres", Path(folder) / "instance")
            with LiveServer(store, REDIS_URL=redis.url, HALO_THREADS=str(THREADS)) as server:
                lift_limits(server)
                yield Served(server, database, redis, a_token_for(server))
        finally:
            redis.stop()
            database.stop()


@contextmanager
def frozen(part: postgres.Server | OwnRedis) -> Iterator[None]:
    part.freeze()
    try:
        yield
    finally:
        part.thaw()


@contextmanager
def a_crowd(halo: Served) -> Iterator[list[tuple[float, httpx.Response]]]:
    """More callers than threads are on their way; all have their answers when it is left."""
    told: list[tuple[float, httpx.Response]] = []
    threads = [threading.Thread(target=lambda: told.append(halo.call())) for _ in range(MANY)]
    for one in threads:
        one.start()
    try:
        yield told
    finally:
        for one in threads:
            one.join()


def test_a_frozen_database_is_told_in_time_and_leaves_nothing_behind(halo: Served) -> None:
    until(halo.is_well, 60)
    before, workers = halo.rows(), halo.server.workers()
    with frozen(halo.postgres):
        with a_crowd(halo) as told:
            for seconds, answer in [halo.get("/healthz") for _ in range(ASKS)]:
                assert (answer.status_code, seconds < HEALTH_SECONDS) == (200, True), seconds
            for seconds, answer in [halo.get("/readyz") for _ in range(ASKS)]:
                assert (answer.status_code, seconds < READY_SECONDS) == (503, True), seconds
                assert answer.json()["checks"]["database"] == "does not answer"
        assert len(told) == MANY
        for seconds, answer in told:
            assert (answer.status_code, seconds < CALL_SECONDS) == (503, True), (seconds, answer.text)
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.json()["error"]["data"]["reason"] == "unavailable"
    until(halo.is_well, 60)
    assert halo.server.workers() == workers
    assert halo.rows() >= before + ASKS
    assert "Traceback" not in halo.server.log()


def test_a_frozen_redis_stops_no_call_and_is_told(halo: Served) -> None:
    until(halo.is_well, 60)
    before, workers = halo.rows(), halo.server.workers()
    with frozen(halo.redis):
        with a_crowd(halo) as told:
            for seconds, answer in [halo.get("/healthz") for _ in range(ASKS)]:
                assert (answer.status_code, seconds < HEALTH_SECONDS) == (200, True), seconds
            for seconds, answer in [halo.get("/readyz") for _ in range(ASKS)]:
                assert (answer.status_code, seconds < READY_SECONDS) == (200, True), seconds
                assert answer.json()["status"] == "degraded"
        for seconds, answer in told:
            assert (answer.status_code, seconds < CALL_SECONDS) == (200, True), (seconds, answer.text)
    assert halo.rows() == before + MANY
    until(halo.is_well, 60)
    assert halo.server.workers() == workers
    assert "Traceback" not in halo.server.log()
