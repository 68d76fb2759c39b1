"""The process that works on jobs beside the web workers: started after them, respawned like them, and out of their way.

It is forked from the same parent, so that it shares the memory of what that imported; it runs at nice 10 on any core,
and begins when the first web worker listens, so that no start waits for it.
"""

from __future__ import annotations

import logging.config
import os
import socket
import time

from halo.ground.settings import Settings
from halo.ground.telemetry import logs, sheet
from halo.serve import web_worker

NICE = 10
PATIENCE_SECONDS = 30
"""For a web worker to listen; after that the jobs begin all the same."""
LOOK_SECONDS = 0.1


def run(settings: Settings) -> None:
    """Work on jobs until told to stop."""
    web_worker.leave_terminal()
    web_worker.die_with_parent()
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
