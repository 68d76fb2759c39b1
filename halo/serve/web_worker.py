"""What a worker process does before it serves: a core of its own, a life no longer than its parent's, the app."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import importlib
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from halo.ground.settings import Settings
from halo.ground.telemetry.launch import start
from halo.serve import gauges

PARENT_DEATH = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""

_held: list[int] = []
"""Descriptors whose locks this process keeps for its whole life."""


class Loader:
    """Makes the WSGI app inside a worker; picklable, for platforms that spawn instead of fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __call__(self) -> Any:
        from halo import create_app

        leave_terminal()
        raise_open_files()
        die_with_parent()
        claim_core(self._settings.instance, self._settings.workers)
        app = create_app(self._settings)
        start(self._settings, gauges.refresher(app))
        return app


def import_app_modules() -> None:
    """Import in the parent, once, what every worker will need."""
    # The first look at a host name imports this codec. The parent's own thread that asks whether the server answers
    # would do so just when a worker is forked, and leave the import's lock held for ever in there.
    importlib.import_module("encodings.idna")

    import halo

    for name in halo.SLICES:
        with contextlib.suppress(ImportError):  # `create_app` is the one that complains
            importlib.import_module(f"halo.{name}.views")


def give_up_signals() -> None:
    """Until Granian sets a worker's handlers, a signal ends it; the parent's, inherited by fork, would swallow it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def raise_open_files() -> None:
    """As many open files as the system lets this process have: every connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS says no to its own maximum
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def leave_terminal() -> None:
    """Ctrl-C is for the parent alone, which then stops the workers in order."""
    os.setpgid(0, 0)


def die_with_parent() -> None:
    """A parent that was killed outright leaves no worker behind that holds the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PARENT_DEATH, signal.SIGTERM, 0, 0, 0)


def claim_core(instance: Path, workers: int) -> int | None:
    """Pin this worker to the first core that no sibling holds; None where there are fewer cores than workers.

    Threads of one interpreter that hop between cores fight over its lock: pinning nearly doubles throughput. The claim
    is a locked file, so that it ends with the process and the worker that replaces a dead one takes over its core.
    """
    if not hasattr(os, "sched_setaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < workers:
        return None
    folder = instance / "cores"
    folder.mkdir(parents=True, exist_ok=True)
    for core in cores[:workers]:
        if _lock(folder / str(core)):
            os.sched_setaffinity(0, {core})
            return core
    return None


def _lock(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    _held.append(descriptor)
    return True
