"""`make run`, without make: from an empty folder to a client that is answered, and the same again."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cast import OWNER, PASSWORD
from tests.support.parts import ROOT, free_port

QUIET = ("HALO_ENV", "HALO_SECRET_KEY", "DATABASE_URL", "REDIS_URL", "HALO_BASE_URL", "PYTHONDONTWRITEBYTECODE")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A shell that says where and which port, and nothing else."""
    plain = {name: value for name, value in os.environ.items() if name not in QUIET}
    return plain | {"HALO_INSTANCE": str(tmp_path_factory.mktemp("start")), "HALO_PORT": str(free_port())}


@contextmanager
def started(environment: dict[str, str]) -> Iterator[str]:
    """A running Halo; what it had printed once it was up. It ends with exit code 0."""
    with subprocess.Popen(
        [sys.executable, "-m", "halo.serve"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        printed = ""
        try:
            while "operator@halo.test" not in printed:
                line = process.stdout.readline()
                assert line, f"it ended with {process.wait()} after printing:\n{printed}"
                printed += line
            yield printed
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)
    assert code == 0


def flask(environment: dict[str, str], *arguments: str) -> str:
    """What a `flask` command prints, in the same shell without the port."""
    beside = {name: value for name, value in environment.items() if name != "HALO_PORT"}
    command = [sys.executable, "-m", "flask", *arguments]
    return subprocess.run(command, cwd=ROOT, env=beside, capture_output=True, text=True, check=True).stdout


def test_the_first_start_plants_a_demo_that_a_client_can_ask(environment: dict[str, str]) -> None:
    url = f"http://127.0.0.1:{environment['HALO_PORT']}"
    with started(environment) as printed:
        assert f"{url}/api/mcp" in printed
        assert PASSWORD in printed
        assert OWNER in printed
        token = flask(environment, "token", "create", "--workspace", "acme", "--person", OWNER, "--scopes", "data:read")
        assert token.startswith("halo_at_") and token.count("\n") == 1
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        headers = {"Authorization": f"Bearer {token.strip()}"}
        answer = httpx.post(f"{url}/api/mcp", json=body, headers=headers, timeout=10)
        assert answer.json()["result"]["tools"]


def test_a_later_start_plants_nothing_again(environment: dict[str, str]) -> None:
    with sqlite3.connect(Path(environment["HALO_INSTANCE"]) / "halo.sqlite3") as database:
        before = database.execute("SELECT count(*) FROM tickets").fetchone()
        with started(environment):
            assert database.execute("SELECT count(*) FROM tickets").fetchone() == before
    database.close()
