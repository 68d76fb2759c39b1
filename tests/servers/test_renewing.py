"""A token that ends while many ask for it: renewed once, whoever is killed. Real processes, both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

import pytest

from halo import create_worker
from halo.ground.database import now
from tests.servers.issuing import Issuing
from tests.servers.rows import a_server, credential, set_row, shown, signed_in, worked
from tests.support import stores
from tests.support.live import LiveServer
from tests.support.parts import ROOT
from tests.support.until import until

PATIENCE = 120
"""Seconds on a machine that is busy with others."""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_twenty_threads_of_two_processes_with_an_ended_token_renew_it_once(
    kind: str, tmp_path: Path, issuer: Issuing
) -> None:
    with Processes(kind, tmp_path, issuer) as halo:
        issuer.holding.clear()
        two = [halo.begin(threads=10) for _ in range(2)]
        for one in two:
            go(one)
        assert issuer.came.wait(PATIENCE)
        issuer.holding.set()
        values = [value for one in two for value in said(one)]
    assert issuer.renewed == 1 and len(values) == 20 and len(set(values)) == 1
    assert values[0].removeprefix("Bearer ") in issuer.access


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("has_rotated", [False, True])
def test_who_is_killed_in_the_middle_of_a_renewal_leaves_it_to_the_next(
    kind: str, has_rotated: bool, tmp_path: Path, issuer: Issuing
) -> None:
    """Where the issuer had given the next token to who was killed, one that answers the same once more (as ours does)
    loses nothing."""
    with Processes(kind, tmp_path, issuer) as halo:
        issuer.holding.clear()
        killed = halo.begin(threads=1)
        go(killed)
        assert issuer.came.wait(PATIENCE)
        killed.send_signal(signal.SIGKILL)
        assert said(killed) == []
        issuer.failing = 0 if has_rotated else 503
        issuer.holding.set()
        until(lambda: issuer.answered == 1, PATIENCE)
        issuer.failing = 0
        with halo.app.app_context():
            row = credential(halo.server)
            assert row.lease_until is not None and row.dead_at is None
            assert worked(halo.server) == "taken"
            set_row(halo.server, lease_until=now())
            assert shown(halo.server).removeprefix("Bearer ") in issuer.access
            assert credential(halo.server).dead_at is None


class Processes:
    """A database of its own with a server whose token has ended, and processes that ask what to show to it."""

    def __init__(self, kind: str, folder: Path, issuing: Issuing) -> None:
        (folder / "halo").mkdir()
        store = stores.separate(kind, folder / "halo")
        self._environment = os.environ | LiveServer(store).environment
        self.app = create_worker(store.settings())
        with self.app.app_context():
            self.server = a_server(issuing.server.url)
            signed_in(self.server, issuing, ends_in=-1)

    def begin(self, *, threads: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.servers.asking", self.server.id, self.server.workspace_id, str(threads)]
        return subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        stores.close(self.app)


def go(process: subprocess.Popen[str]) -> None:
    """Once it is ready."""
    assert process.stdout is not None and process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()


def said(process: subprocess.Popen[str]) -> list[str]:
    return process.communicate(timeout=PATIENCE)[0].split("\n")[:-1]
