"""One burst of load with wrk, and what came of it."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """
wrk.method = "POST"
wrk.body = [==[{body}]==]
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, text/event-stream"
wrk.headers["MCP-Protocol-Version"] = "2025-11-25"
wrk.headers["Authorization"] = "Bearer {token}"
"""
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_P99 = re.compile(r"99%\s+([\d.]+)(us|ms|s)")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")
_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Burst:
    """Answers a second, and the 99th percentile of latency in milliseconds."""

    rate: float
    p99: float


def script(folder: Path, name: str, body: str, token: str) -> Path:
    """A wrk script that posts this body with this token."""
    path = folder / f"{name}.lua"
    path.write_text(SCRIPT.format(body=body, token=token))
    return path


def burst(url: str, lua: Path, connections: int, seconds: float) -> Burst:
    """Load the URL; every answer must be a success."""
    timing = ["-d", f"{seconds:.0f}s", "--timeout", "30s", "--latency"]
    command = ["wrk", "-t", "1", "-c", str(connections), *timing, "-s", str(lua), url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if bad := _BAD.search(said):
        raise RuntimeError(f"{url} under {lua.stem}: {bad.group()}")
    rate, p99 = _RATE.search(said), _P99.search(said)
    if rate is None or p99 is None:
        raise RuntimeError(said)
    return Burst(float(rate.group(1)), float(p99.group(1)) * _MS[p99.group(2)])
