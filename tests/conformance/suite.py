"""Runs the official suite and reads what it wrote."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

PASSED = {"SUCCESS", "INFO", "SKIPPED"}


def run_server_scenarios(command: list[str], url: str, options: list[str], folder: Path) -> dict[str, list[str]]:
    """Scenario -> its checks that did not pass (a warning did not), for every scenario that ran."""
    words = [*command, "server", "--url", url, *options, "-o", str(folder)]
    subprocess.run(words, capture_output=True, timeout=300, check=False)
    return {_name(ran): _failed(ran) for ran in sorted(folder.iterdir())}


def _name(ran: Path) -> str:
    """`server-<scenario>-<time>`, the time in nine parts less two."""
    return "-".join(ran.name.removeprefix("server-").split("-")[:-6])


def _failed(ran: Path) -> list[str]:
    checks = json.loads((ran / "checks.json").read_text())
    return [f"{check['id']}: {check.get('errorMessage', '')}" for check in checks if check["status"] not in PASSED]
