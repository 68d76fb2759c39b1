"""External parts of the tests: where they are, how they come here, and what happens when one cannot.

Each part is a module of this package with `find()` (a cheap look, raises `Missing` with the reason) and `install()`
(may download; called by `python -m tests.support.provision`, never by a test). To add a part: write the module, list
it in `provision.PARTS`, and ask for it in a fixture through `require`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


class Missing(Exception):
    """The part cannot run on this machine; the message says why and what would help."""


def require(name: str, find: Callable[[], T]) -> T:
    """What `find` finds. Without it the test is skipped by the part's name, and fails where CI=true."""
    try:
        return find()
    except Missing as reason:
        words = f"{name} is not available: {reason}"
        if IN_CI:
            pytest.fail(f"{words} (CI=true allows no such skip)", pytrace=False)
        pytest.skip(words)


def run(command: list[str | Path], what: str, *, env: dict[str, str] | None = None, cwd: Path = ROOT) -> None:
    """Run an installing command; when it fails, `Missing` carries the end of what it said."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, cwd=cwd, env=os.environ | (env or {}), capture_output=True, text=True, timeout=1200, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Missing(f"{what} failed: {problem}") from problem
    if done.returncode:
        tail = " | ".join((done.stderr or done.stdout).strip().splitlines()[-3:])
        raise Missing(f"{what} failed ({done.returncode}): {tail}")


def apt_install(package: str) -> None:
    """Install one of Debian's packages, where we are root and apt is there."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise Missing(f"install it by hand (on Debian: apt-get install {package})")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], "apt-get update", env=quiet)
    run(
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", package],
        f"apt-get install {package}",
        env=quiet,
    )


def free_port() -> int:
    """A port of this machine that nobody holds now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
