"""MCP SDKs besides ours, each in a virtual environment of its own: what stands in the field is older than ours."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.support.parts import CACHE, Missing, run

LOCKS = Path(__file__).parent / "sdks"
VERSIONS = tuple(sorted(lock.stem for lock in LOCKS.glob("*.txt")))


def find(version: str) -> str:
    """The Python that has this SDK."""
    folder = CACHE / "sdks" / version
    if not _is_current(version):
        raise Missing(f"SDK {version} is not installed; run: python -m tests.support.provision")
    return str(folder / "bin" / "python")


def install(version: str) -> None:
    folder, lock = CACHE / "sdks" / version, LOCKS / f"{version}.txt"
    run([sys.executable, "-m", "venv", "--clear", folder], "python -m venv")
    run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", "-r", lock], f"pip install mcp=={version}")
    shutil.copy(lock, folder / "halo-lock")


def _is_current(version: str) -> bool:
    held = CACHE / "sdks" / version / "halo-lock"
    return held.exists() and held.read_bytes() == (LOCKS / f"{version}.txt").read_bytes()
