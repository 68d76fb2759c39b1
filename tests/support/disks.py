"""A disk of a few megabytes that a test may fill: a tmpfs of its own, where root may mount one."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.parts import Missing


def find() -> None:
    """Whether this process may mount; raises `Missing` with the reason."""
    with tempfile.TemporaryDirectory() as folder, mounted(Path(folder), 1):
        pass


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Path]:
    """The folder as a disk of that size, as long as the block runs."""
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder))
    except (OSError, subprocess.CalledProcessError) as problem:
        raise Missing(f"a small disk can be mounted by root alone ({problem})") from problem
    try:
        yield folder
    finally:
        _run("umount", "--lazy", str(folder))


def fill(folder: Path) -> Path:
    """Take what is left of the disk; the file that holds it."""
    ballast = folder / "ballast"
    file = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    try:
        for size in (1 << 20, 1 << 12, 1):
            while True:
                try:
                    os.write(file, b"x" * size)
                except OSError:
                    break
    finally:
        os.close(file)
    return ballast


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=20)
