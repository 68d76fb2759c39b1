"""A Chromium for Playwright: the machine's own, Debian's, or the one that Playwright brings."""

from __future__ import annotations

import shutil
import sys

from tests.support.parts import CACHE, Missing, apt_install, run

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Quiet: the browser talks to the test's server and to nobody else."""

OWN = CACHE / "playwright"


def find() -> str:
    for name in NAMES:
        if program := shutil.which(name):
            return program
    for brought in sorted(OWN.glob("chromium-*/chrome-linux*/chrome")):
        return str(brought)
    raise Missing(f"none of {', '.join(NAMES)} is on PATH")


def install() -> None:
    try:
        apt_install("chromium")
    except Missing:
        environment = {"PLAYWRIGHT_BROWSERS_PATH": str(OWN)}
        run([sys.executable, "-m", "playwright", "install", "chromium"], "playwright install", env=environment)
