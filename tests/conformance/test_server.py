"""The official conformance suite, server scenarios, on the wire of three revisions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import baseline, suite

REVISIONS = {
    "2025-06-18": (["--suite", "all", "--spec-version", "2025-06-18"], 27),
    "2025-11-25": (["--requirements", "2025-11-25"], 30),
    "2026-07-28": (["--requirements", "2026-07-28"], 37),
}
"""How to ask for a revision's scenarios, and how many it requires at least."""


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_official_suite_passes_but_for_what_is_named(
    revision: str, conformance: list[str], proxied: str, tmp_path: Path
) -> None:
    options, required = REVISIONS[revision]
    ran = suite.run_server_scenarios(conformance, proxied, options, tmp_path)
    assert len(ran) >= required
    failed = {name: checks for name, checks in ran.items() if checks and name not in baseline.NAMES}
    strange = {
        f"{name}:{check.partition(':')[0]}": check
        for name, checks in failed.items()
        for check in checks
        if f"{name}:{check.partition(':')[0]}" not in baseline.NAMES
    }
    assert not strange, strange
    passes = [name for name in baseline.NAMES if ran.get(name) == []]
    assert not passes, f"these pass: take them out of tests/conformance/baseline.py: {passes}"
