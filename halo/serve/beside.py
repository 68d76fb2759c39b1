"""Processes beside the web workers: started after them, respawned like them, and out of their way.

The one that works on jobs is forked from the same parent, so that it shares the memory of what that imported; it runs
at nice 10 on any core. The demo shop, which only `make run` starts, becomes a program of its own. Both begin when the
first web worker listens, so that no start waits for them.
"""

from __future__ import annotations

import logging.config
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from halo.ground.settings import Settings
from halo.ground.telemetry import logs, sheet
from halo.serve import web_worker

Beside = tuple[Callable[..., None], tuple[Any, ...]]
"""What a process runs, and with what."""
NICE = 10
PATIENCE_SECONDS = 30
"""For a web worker to listen; after that the processes beside begin all the same."""
LOOK_SECONDS = 0.1
SHOP = Path(__file__).parents[1] / "demo" / "shop.py"


def work(settings: Settings) -> None:
    """Work on jobs until told to stop."""
    _begin()
    os.nice(NICE)
    logging.config.dictConfig(logs.config(settings.log))
    _wait_for_web(settings)
    from halo import create_worker
    from halo.jobs.worker import WorkerProcess

    app = create_worker(settings)
    if settings.metrics is not None:
        sheet.begin(settings.instance)
    WorkerProcess(app.app_context).run()
    sheet.end()


def keep_shop(settings: Settings) -> None:
    """Be the demo shop until told to stop: another program, that has nothing of Halo's memory or open files."""
    _begin()
    _wait_for_web(settings)
    os.execv(sys.executable, [sys.executable, "-I", str(SHOP), str(settings.shop_port)])  # noqa: S606 - ours


def _begin() -> None:
    web_worker.leave_terminal()
    web_worker.die_with_parent()


def _wait_for_web(settings: Settings) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and not _is_listened_at(settings.own_host, settings.port):
        time.sleep(LOOK_SECONDS)


def _is_listened_at(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
