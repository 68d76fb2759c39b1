"""A worker killed with `kill -9` under load loses no audit row of a call that was answered."""

from __future__ import annotations

import os
import signal
import threading
import time
from functools import partial
from typing import Self

import httpx
from sqlalchemy import select

from halo.ground.database import db
from halo.ledger.models import ActionExecution
from tests.journeys.caller import DOCS
from tests.support.live import LiveServer
from tests.support.tokens import a_token_for, beside, lift_limits
from tests.support.until import until

CALLERS = 8
post = partial(httpx.post, trust_env=False, verify=False)
BEFORE, AFTER = 150, 150
"""Answers to wait for before a worker is killed, and after it."""
PATIENCE = 60


class Load:
    """Callers that keep calling, and the ids of what was answered."""

    def __init__(self, server: LiveServer, token: str) -> None:
        self._server, self._token = server, token
        self._over = threading.Event()
        self.answered: list[str] = []
        self._threads = [threading.Thread(target=self._call, args=(number,)) for number in range(CALLERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while len(self.answered) < count:
            assert time.monotonic() < deadline, f"only {len(self.answered)} answers\n{self._server.log()[-2000:]}"
            self._over.wait(0.01)

    def _call(self, number: int) -> None:
        count = 0
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        while not self._over.is_set():
            count += 1
            identity = f"{number}-{count}"
            body = {"jsonrpc": "2.0", "id": identity, "method": "tools/call", "params": DOCS}
            try:
                answer = post(self._server.mcp_url, json=body, headers=headers, timeout=10)
            except httpx.TransportError:
                continue  # it was under way in the worker that died
            if answer.status_code == 200 and answer.json()["id"] == identity:
                self.answered.append(identity)


def test_every_answered_call_has_its_row_after_kill_nine(live_server: LiveServer) -> None:
    lift_limits(live_server)
    with Load(live_server, a_token_for(live_server)) as load:
        load.wait_for(BEFORE)
        workers = live_server.workers()
        os.kill(workers[0], signal.SIGKILL)
        load.wait_for(len(load.answered) + AFTER)
    until(lambda: len(live_server.workers()) == len(workers), 60)
    with beside(live_server):
        kept = set(db.session.scalars(select(ActionExecution.request_id)))
    written = {f'"{identity}"' for identity in load.answered}
    assert written <= kept, f"{len(written - kept)} of {len(written)} answered calls left no row"
