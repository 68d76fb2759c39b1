"""What watching costs: servers that differ in nothing but their telemetry, loaded in turn, pair after pair.

`python -m tests.bench telemetry`. A collector that throws everything away stands on the same machine.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import Popen
from typing import Any

from tests.bench import load

CONNECTIONS = 16
Serve = Callable[[dict[str, str]], contextlib.AbstractContextManager[Any]]


def variants(metrics: int, collector: int) -> dict[str, dict[str, str]]:
    """The environment of each server, by name; the first is what the others are compared with."""
    scraped = {"HALO_METRICS": f"127.0.0.1:{metrics}"}
    sampled = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector}",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
    }
    return {
        "everything off": {},
        "metrics": scraped,
        "metrics, 5 % of traces": scraped | sampled | {"OTEL_TRACES_SAMPLER_ARG": "0.05"},
        "metrics, all traces": scraped | sampled | {"OTEL_TRACES_SAMPLER_ARG": "1"},
        "a line of log a request": {"HALO_LOG_REQUESTS": "all"},
    }


def main(serve: Serve, lua: Path, port: Callable[[], int], *, pairs: int, seconds: float) -> None:
    """Print the table."""
    print(f"\ntools/call that reads nothing, {CONNECTIONS} connections, {pairs} pairs of {seconds:g} s\n")
    print(f"| {'telemetry':<24} | off/s | on/s | of off | p99 off | p99 on |")
    print("|---|---:|---:|---:|---:|---:|")
    with collecting(port()) as collector:
        known = variants(port(), collector)
        off = known.pop("everything off")
        for name, environment in {"the same again": off, **known}.items():
            with serve(off) as plain, serve(environment) as watched:
                _row(name, plain, watched, lua, pairs=pairs, seconds=seconds)


def _row(name: str, plain: Any, watched: Any, lua: Path, *, pairs: int, seconds: float) -> None:
    for it in (plain, watched):
        load.burst(it.url, lua, CONNECTIONS, 1)
    told = []
    for number in range(pairs):
        first, second = (plain, watched) if number % 2 else (watched, plain)
        one, other = (load.burst(it.url, lua, CONNECTIONS, seconds) for it in (first, second))
        told.append((one, other) if number % 2 else (other, one))
    middle = [statistics.median(pair[at].rate for pair in told) for at in (0, 1)]
    p99 = [statistics.median(pair[at].p99 for pair in told) for at in (0, 1)]
    ratio = statistics.median(on.rate / off.rate for off, on in told)
    print(f"| {name:<24} | {middle[0]:.0f} | {middle[1]:.0f} | {ratio:.2f} | {p99[0]:.1f} | {p99[1]:.1f} |", flush=True)


@contextlib.contextmanager
def collecting(port: int) -> Iterator[int]:
    """A collector in a process of its own."""
    process = Popen([sys.executable, "-m", "tests.bench.telemetry", str(port)])
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


class _Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is kept."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Sink).serve_forever()
