"""Prints the table of the call path; `--database postgresql`, `--pairs 5`, `--seconds 3` change the run.

With the word `servers` calls to connected servers (`--delay 45`: seconds of the slow one); with the word `telemetry`
what watching costs; with the word `audit` the views of the audit log, on both databases, or on the one that is named.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil

from tests.bench import audit, load, servers, telemetry
from tests.bench.load import Burst


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    label: str
    lua: Path
    aim: float


def main() -> None:
    options = _options()
    if options.what == "audit":
        audit.main(options.rows, (options.database,) if options.database else ("sqlite", "postgresql"))
        return
    options.database = options.database or "sqlite"
    if shutil.which("wrk") is None:
        sys.exit("make bench needs wrk (Debian: apt-get install wrk)")
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        environment = _environment(folder, options.database, stack)
        token, customer = _prepare(environment)
        if options.what == "servers":
            _servers(folder, environment, token, options)
            return
        if options.what == "telemetry":
            lua = load.script(folder, "nothing", _call("setup_get_jwt_sample", {"language": "python"}), token)
            telemetry.main(_server(environment), lua, _free_port, pairs=options.pairs, seconds=options.seconds)
            return
        bare = stack.enter_context(_bare(folder, options.threads))
        halo, ready = stack.enter_context(_halo(environment))
        cases = _cases(folder, token, customer)
        bare_lua = load.script(folder, "bare", _call("x", {}), "none")
        for case in cases:
            _check(halo.url, case)
        pairs = f"{options.pairs} pairs of {options.seconds} s"
        print(f"\n{options.database}, 2 workers, {options.threads} threads, {pairs}")
        print(f"ready {ready:.2f} s after the start of the process\n")
        print(f"| {'what':<28} | conns | bare/s | halo/s | ratio | aim  | p99 bare | p99 halo |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        for connections in (16, 64):
            for case in cases:
                _row(case, connections, options, bare.url, halo.url, bare_lua)
        print(f"\nMemory (PSS / RSS, MB): {halo.memory()}; bare {bare.memory()}")


def _servers(folder: Path, environment: dict[str, str], token: str, options: argparse.Namespace) -> None:
    with (
        _bare(folder, options.threads, "upstream") as upstream,
        _bare(folder, options.threads, upstream.url) as forwarder,
        servers.slow_server(options.delay) as slow,
    ):
        connect = [sys.executable, "-m", "tests.bench.connected", f"fast={upstream.url}", f"slow={slow.url}"]
        subprocess.run(connect, env=environment, check=True)
        with _halo(environment, is_quiet=True) as (halo, _):  # it tells of each request that is slow
            call = _call("fast__echo", {"text": "hello"})
            luas = {
                "forwarder": load.script(folder, "forwarder", _call("echo", {"text": "hello"}), "none"),
                "halo": load.script(folder, "connected", call, token),
            }
            nothing = _call("setup_get_jwt_sample", {"language": "python"})
            others = {
                "tools/call, reads nothing": load.script(folder, "nothing", nothing, token),
                "tools/call of another server": luas["halo"],
            }
            for name, lua in others.items():
                _check(halo.url, Case(name, lua, 0))
            slowly = servers.caller(halo.url, _call("slow__wait", {}), token, options.delay + 30)
            run = f"{options.pairs} pairs of {options.seconds:g} s"
            print(f"\n{options.database}, 2 workers, {options.threads} threads, {run}")
            asking, whole = _said(environment, "cpu").split()
            print(f"CPU of a call: {asking} ms for asking the server (aim 0.5), {whole} ms with gate, limit and audit")
            refused = functools.partial(_refused, environment)
            servers.against(forwarder.url, halo.url, luas, refused, pairs=options.pairs, seconds=options.seconds)
            if options.peers:
                with _peer(options.peers, upstream.url) as peer:
                    servers.than_a_proxy(peer.url, halo.url, luas, pairs=options.pairs, seconds=options.seconds)
            servers.beside(halo.url, others, slow, slowly, pairs=options.pairs, seconds=options.seconds)


def _refused(environment: dict[str, str]) -> int:
    return int(_said(environment, "refused"))


def _said(environment: dict[str, str], word: str) -> str:
    command = [sys.executable, "-m", "tests.bench.connected", word]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("what", nargs="?", choices=("calls", "audit", "servers", "telemetry"), default="calls")
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the audit log, with `audit`")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument("--peers", metavar="PYTHON", help="one that has FastMCP, to measure its proxy, with `servers`")
    parser.add_argument("--delay", type=float, default=45, help="of the slow server, with `servers`")
    return parser.parse_args()


def _row(case: Case, connections: int, options: argparse.Namespace, bare: str, halo: str, bare_lua: Path) -> None:
    load.burst(halo, case.lua, connections, 1)
    pairs: list[tuple[Burst, Burst]] = []
    for _ in range(options.pairs):
        yardstick = load.burst(bare, bare_lua, connections, options.seconds)
        pairs.append((yardstick, load.burst(halo, case.lua, connections, options.seconds)))
    ratio = statistics.median(ours.rate / theirs.rate for theirs, ours in pairs)
    middle = [
        statistics.median(value(pair) for pair in pairs)
        for value in (
            lambda pair: pair[0].rate,
            lambda pair: pair[1].rate,
            lambda pair: pair[0].p99,
            lambda pair: pair[1].p99,
        )
    ]
    print(
        f"| {case.label:<28} | {connections} | {middle[0]:.0f} | {middle[1]:.0f} | {ratio:.2f} | {case.aim:.2f} "
        f"| {middle[2]:.1f} | {middle[3]:.1f} |",
        flush=True,
    )


def _cases(folder: Path, token: str, customer: str) -> list[Case]:
    listing = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}})
    nothing = _call("setup_get_jwt_sample", {"language": "python"})
    person = _call("data_find_user", {"email": customer})
    return [
        Case("tools/call, reads nothing", load.script(folder, "nothing", nothing, token), 0.50),
        Case("tools/list, full catalogue", load.script(folder, "list", listing, token), 0.60),
        Case("tools/call data_find_user", load.script(folder, "person", person, token), 0.30),
    ]


def _call(name: str, arguments: dict[str, str]) -> str:
    params = {"name": name, "arguments": arguments}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})


def _check(url: str, case: Case) -> None:
    """One whole answer, read with our eyes: a fast refusal is no result."""
    text = case.lua.read_text()
    body = text.split("[==[")[1].split("]==]")[0]
    token = text.split("Bearer ")[1].split('"')[0]
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    with urlopen(Request(url, body.encode(), headers)) as answer:
        result = json.load(answer)["result"]
    if result.get("isError"):
        raise RuntimeError(f"{case.label}: {result}")


def _environment(folder: Path, database: str, stack: contextlib.ExitStack) -> dict[str, str]:
    environment = {
        **os.environ,
        "HALO_ENV": "development",
        "HALO_SECRET_KEY": secrets.token_urlsafe(32),
        "HALO_INSTANCE": str(folder / "halo"),
        "HALO_PORT": str(_free_port()),
        "HALO_THREADS": str(_options().threads),
    }
    environment.pop("DATABASE_URL", None)
    if database == "postgresql":
        from tests.bench.postgres import server

        environment["DATABASE_URL"] = stack.enter_context(server())
    return environment


def _prepare(environment: dict[str, str]) -> tuple[str, str]:
    """A migrated, seeded instance without limits: (token, e-mail of a customer)."""
    _flask(environment, "db", "upgrade")
    _flask(environment, "seed")
    scopes = "docs:read setup:read data:read actions:*"
    words = ["--workspace", "acme", "--person", "owner@acme.test", "--scopes", scopes]
    token = _flask(environment, "token", "create", *words).strip()
    said = subprocess.run(
        [sys.executable, "-m", "tests.bench.open_up"], env=environment, check=True, capture_output=True, text=True
    )
    return token, said.stdout.strip()


def _flask(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "flask", "--app", "app", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"flask {' '.join(words)}: {done.stderr}")
    return done.stdout


@dataclass(frozen=True)
class Served:
    """A running server."""

    url: str
    process: subprocess.Popen[bytes]

    def memory(self) -> str:
        """Proportional and resident memory of each worker."""
        workers = psutil.Process(self.process.pid).children(recursive=True)
        used = [worker.memory_full_info() for worker in workers]
        return ", ".join(f"{memory.pss / 1e6:.0f} / {memory.rss / 1e6:.0f}" for memory in used)


@contextlib.contextmanager
def _halo(environment: dict[str, str], *, is_quiet: bool = False) -> Iterator[tuple[Served, float]]:
    began = time.monotonic()
    command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL if is_quiet else None)
    with _until_ready(process, int(environment["HALO_PORT"])) as served:
        yield served, time.monotonic() - began


def _server(environment: dict[str, str]) -> telemetry.Serve:
    """Servers on the same database, each with more in its environment, and cores and counters of its own."""
    folder = Path(environment["HALO_INSTANCE"])
    shared = {
        "HALO_BASE_URL": f"http://127.0.0.1:{environment['HALO_PORT']}",  # what the token is for
        "DATABASE_URL": environment.get("DATABASE_URL") or f"sqlite:///{folder / 'halo.sqlite3'}",
    }

    @contextlib.contextmanager
    def serve(more: dict[str, str]) -> Iterator[Served]:
        port = str(_free_port())
        own = {"HALO_PORT": port, "HALO_INSTANCE": str(folder / port)}
        with _halo(environment | shared | own | more, is_quiet="HALO_LOG_REQUESTS" in more) as (served, _):
            yield served

    return serve


@contextlib.contextmanager
def _bare(folder: Path, threads: int, *what: str) -> Iterator[Served]:
    port = _free_port()
    command = [sys.executable, "-m", "tests.bench.bare", str(port), str(folder / str(port)), str(threads), *what]
    with _until_ready(subprocess.Popen(command), port) as served:
        yield served


@contextlib.contextmanager
def _peer(python: str, upstream: str) -> Iterator[Served]:
    port = _free_port()
    process = subprocess.Popen([python, str(Path(__file__).parent / "peer.py"), upstream, str(port)])
    with _until_ready(process, port) as served:
        yield served


@contextlib.contextmanager
def _until_ready(process: subprocess.Popen[bytes], port: int) -> Iterator[Served]:
    try:
        for _ in range(600):
            if _answers(port):
                break
            time.sleep(0.05)
        yield Served(f"http://127.0.0.1:{port}/api/mcp", process)
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        urlopen(f"http://127.0.0.1:{port}/healthz").close()
    except HTTPError:
        return True  # a peer that knows no such page
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
