"""The command line: plain lines, honest exit codes. Slices hang their own groups on it."""

from __future__ import annotations

import importlib

from flask import Flask

SLICES = ("workspaces", "oauth", "flags", "mcp", "demo", "web", "serve")


def init_app(app: Flask) -> None:
    """Register the commands of every slice that has some (`halo/<slice>/commands.py`)."""
    for name in SLICES:
        try:
            module = importlib.import_module(f"halo.{name}.commands")
        except ModuleNotFoundError:
            continue
        module.init_app(app)
