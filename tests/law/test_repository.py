"""What is committed names no machine and no registry, and says nothing that only its author could use."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.support.parts import ROOT

REGISTRIES = ("pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org", "deb.debian" + ".org")
PLACES = re.compile(r"(?<![\w.}])/(?:home|Users|root|work)/\w")
BINARY = {".png", ".ico", ".woff2", ".gz"}


def committed() -> list[Path]:
    """Every file that git holds or would hold, but for vendored ones."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    paths = [ROOT / name for name in listed if "/vendor/" not in name]
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


def test_no_file_names_a_registry() -> None:
    found = [(str(path.relative_to(ROOT)), host) for path in committed() for host in REGISTRIES if host in read(path)]
    assert not found, f"name the package, not the host that serves it: {found}"


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in committed()
        for number, line in enumerate(read(path).splitlines(), 1)
        if PLACES.search(line)
    ]
    assert not found, f"use a path relative to the repository: {found}"


def test_every_text_file_ends_with_a_newline() -> None:
    found = [str(path.relative_to(ROOT)) for path in committed() if (text := read(path)) and not text.endswith("\n")]
    assert not found, f"end these with a newline: {found}"


def test_locks_pin_exactly_and_carry_hashes() -> None:
    for lock in sorted(ROOT.glob("requirements*.txt")):
        pins = [line for line in lock.read_text().splitlines() if line and not line.startswith((" ", "#"))]
        loose = [line for line in pins if not re.match(r"[\w.\[\],-]+==[^ ]+", line)]
        assert pins and not loose, f"{lock.name}: run `make lock`; these are not pinned: {loose}"
        assert lock.read_text().count("--hash=sha256:") >= len(pins), f"{lock.name} lacks hashes: run `make lock`"


def read(path: Path) -> str:
    return path.read_text(errors="replace")
