"""What all worker processes of one test session share: a folder, and services started once by whoever asks first."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

VARIABLE = "HALO_TEST_SESSION"
STOP = {"postgres": signal.SIGQUIT}
"""At once, without tidying up data that nobody will read; SIGTERM for the others."""


def begin() -> None:
    """Make the folder; the workers inherit its name."""
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix="halo-tests-")


def end() -> None:
    """Stop what was started and remove the folder."""
    folder = Path(os.environ.pop(VARIABLE))
    for pid_file in folder.glob("*.pid"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid_file.read_text()), STOP.get(pid_file.stem, signal.SIGTERM))
    shutil.rmtree(folder, ignore_errors=True)


def folder() -> Path:
    return Path(os.environ[VARIABLE])


def once(name: str, make: Callable[[Path], tuple[str, int | None]]) -> str:
    """What `make` gave to the first process that asked; the process id, if any, is stopped with the session."""
    made = folder() / f"{name}.made"
    with _locked(name):
        if not made.exists():
            answer, pid = make(folder())
            if pid is not None:
                (folder() / f"{name}.pid").write_text(str(pid))
            made.write_text(answer)
        return made.read_text()


@contextlib.contextmanager
def _locked(name: str) -> Iterator[None]:
    with (folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
