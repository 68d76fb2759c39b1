"""`python -m tests.support.provision`: bring every external part of the tests, a line each.

A part that is there costs nothing. One that cannot come here is named with the reason, and its tests are skipped; with
CI=true that ends the run.
"""

from __future__ import annotations

import fcntl
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from tests.support import chromium, node, postgres, redis_server, sdks
from tests.support.parts import CACHE, IN_CI, Missing


class Part(NamedTuple):
    name: str
    find: Callable[[], object]
    install: Callable[[], None]


PARTS = (
    Part("PostgreSQL", postgres.find, postgres.install),
    Part("Redis", redis_server.find, redis_server.install),
    Part("Chromium", chromium.find, chromium.install),
    Part("Node", node.find, node.install),
    Part("npm packages", node.find_packages, node.install_packages),
    *(Part(f"MCP SDK {it}", partial(sdks.find, it), partial(sdks.install, it)) for it in sdks.VERSIONS),
)


def main() -> int:
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "provision.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [part.name for part in PARTS if not provide(part)]
    return 1 if missing and IN_CI else 0


def provide(part: Part) -> bool:
    """Have the part, by finding or installing it, and say which."""
    try:
        part.find()
    except Missing:
        return bring(part)
    say(f"{part.name}: here")
    return True


def bring(part: Part) -> bool:
    say(f"{part.name}: installing")
    start = time.monotonic()
    try:
        part.install()
        part.find()
    except Missing as reason:
        say(f"{part.name}: NOT AVAILABLE, its tests are skipped: {reason}")
        return False
    say(f"{part.name}: installed in {time.monotonic() - start:.0f} s")
    return True


def say(line: str) -> None:
    print(f"parts: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
