"""`make run`, without make: from an empty folder to a client that is answered, and the same again."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from halo.ground.settings import Settings
from halo.serve.start import has_shop
from tests.cast import OWNER, PASSWORD
from tests.support.parts import ROOT, free_port
from tests.support.until import until

QUIET = ("HALO_ENV", "HALO_SECRET_KEY", "DATABASE_URL", "REDIS_URL", "HALO_BASE_URL", "PYTHONDONTWRITEBYTECODE")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A shell that says where and which port, and nothing else."""
    plain = {name: value for name, value in os.environ.items() if name not in QUIET}
    ports = {"HALO_PORT": str(free_port()), "HALO_SHOP_PORT": str(free_port())}
    return plain | ports | {"HALO_INSTANCE": str(tmp_path_factory.mktemp("start"))}


@dataclass
class Started:
    """A running Halo."""

    process: psutil.Process
    printed: str
    """What it had printed once it was up."""

    def shop(self) -> psutil.Process | None:
        """The demo shop that belongs to it, once it is one."""
        with suppress(psutil.Error):
            found = [it for it in self.process.children() if it.cmdline()[1:2] == ["-I"]]
            return found[0] if found else None
        return None


@contextmanager
def started(environment: dict[str, str]) -> Iterator[Started]:
    """A Halo started as `make run` does. It ends with exit code 0."""
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
            yield Started(psutil.Process(process.pid), printed)
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)
    assert code == 0


def asked(port: str) -> list[str] | None:
    """The tools of the shop that listens there; None where none does."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    try:
        answer = httpx.post(f"http://127.0.0.1:{port}/mcp", json=body, timeout=10, trust_env=False)
    except httpx.TransportError:
        return None
    return [tool["name"] for tool in answer.json()["result"]["tools"]]


def flask(environment: dict[str, str], *arguments: str) -> str:
    """What a `flask` command prints, in the same shell without the port."""
    beside = {name: value for name, value in environment.items() if not name.endswith("_PORT")}
    command = [sys.executable, "-m", "flask", *arguments]
    return subprocess.run(command, cwd=ROOT, env=beside, capture_output=True, text=True, check=True).stdout


def test_the_first_start_plants_a_demo_that_a_client_can_ask(environment: dict[str, str]) -> None:
    url = f"http://127.0.0.1:{environment['HALO_PORT']}"
    with started(environment) as halo:
        assert f"{url}/api/mcp" in halo.printed
        assert f"127.0.0.1:{environment['HALO_SHOP_PORT']}/mcp" in halo.printed
        assert PASSWORD in halo.printed
        assert OWNER in halo.printed
        token = flask(environment, "token", "create", "--workspace", "acme", "--person", OWNER, "--scopes", "data:read")
        assert token.startswith("halo_at_") and token.count("\n") == 1
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        headers = {"Authorization": f"Bearer {token.strip()}"}
        answer = httpx.post(f"{url}/api/mcp", json=body, headers=headers, timeout=10)
        assert answer.json()["result"]["tools"]


def test_a_later_start_plants_nothing_again_and_finds_the_shop_on_its_new_port(environment: dict[str, str]) -> None:
    with sqlite3.connect(Path(environment["HALO_INSTANCE"]) / "halo.sqlite3") as database:
        before = database.execute("SELECT count(*) FROM tickets").fetchone()
        moved = str(free_port())
        with started(environment | {"HALO_SHOP_PORT": moved}):
            assert database.execute("SELECT count(*) FROM tickets").fetchone() == before
            (url,) = database.execute("SELECT url FROM servers").fetchone()
            assert url == f"http://127.0.0.1:{moved}/mcp", "the connected shop is where this start has it"
    database.close()


def test_the_demo_shop_is_a_small_process_that_is_there_again_and_ends_with_halo(environment: dict[str, str]) -> None:
    port = environment["HALO_SHOP_PORT"]
    with started(environment) as halo:
        until(lambda: asked(port), 60)
        (first,) = [it for it in [halo.shop()] if it is not None]
        for _ in range(50):
            assert "find_orders" in (asked(port) or ())
        assert first.memory_info().rss < 25_000_000
        assert not [it for it in first.net_connections("tcp") if it.laddr.port == int(environment["HALO_PORT"])]
        first.kill()
        until(lambda: asked(port), 60)
        second = halo.shop()
        assert second is not None and second.pid != first.pid
    assert not second.is_running()
    assert asked(port) is None


def test_the_demo_shop_of_a_halo_that_was_killed_ends_too(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "halo.serve"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        until(lambda: asked(environment["HALO_SHOP_PORT"]), 120)
        process.kill()
    until(lambda: asked(environment["HALO_SHOP_PORT"]) is None, 60)


def test_a_taken_port_of_the_shop_is_a_sentence_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = {"HALO_PORT": str(free_port()), "HALO_SHOP_PORT": str(taken.getsockname()[1])}
        done = subprocess.run(
            [sys.executable, "-m", "halo.serve"],
            env=os.environ | ports | {"HALO_INSTANCE": str(tmp_path / "none"), "HALO_ENV": "development"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "is in use" in done.stderr and "HALO_SHOP_PORT" in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("given", "port"),
    [
        ({}, 8070),
        ({"HALO_PORT": "9000"}, 9070),
        ({"HALO_PORT": "65500"}, 65430),
        ({"HALO_SHOP_PORT": "1234"}, 1234),
        ({"HALO_SHOP_PORT": "0"}, None),
    ],
)
def test_every_halo_has_a_shop_of_its_own_and_production_has_none(given: dict[str, str], port: int | None) -> None:
    settings = Settings.from_environment({"HALO_ENV": "development", "HALO_INSTANCE": "/nowhere"} | given)
    assert (settings.shop_port if has_shop(settings) else None) == port
    production = {"HALO_ENV": "production", "HALO_SECRET_KEY": "s" * 40, "HALO_BASE_URL": "https://halo.example.com"}
    assert not has_shop(Settings.from_environment(production | given))
