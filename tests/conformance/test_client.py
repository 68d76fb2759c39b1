"""The official suite plays a server, `halo.servers` is the client: every scenario that is ours, in both eras."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conformance.suite import PASSED
from tests.support import node
from tests.support.parts import ROOT

NOT_OURS = {
    "elicitation-sep1034-client-defaults": "no server may ask our people back",
    "sep-2322-client-request-state": "it asks the client back before it wants its state again",
}
COMMON = (
    "tools_call", "auth/metadata-default", "auth/metadata-var1", "auth/metadata-var2", "auth/metadata-var3",
    "auth/basic-cimd", "auth/scope-from-www-authenticate", "auth/scope-from-scopes-supported",
    "auth/scope-omitted-when-undefined", "auth/scope-step-up", "auth/scope-retry-limit",
    "auth/token-endpoint-auth-basic", "auth/token-endpoint-auth-post", "auth/token-endpoint-auth-none",
    "auth/pre-registration", "json-schema-2020-12-preservation",
)  # fmt: skip
SCENARIOS = {
    "2025-03-26": ("auth/2025-03-26-oauth-metadata-backcompat", "auth/2025-03-26-oauth-endpoint-fallback"),
    "2025-11-25": (*COMMON, "initialize", "sse-retry"),
    "2026-07-28": (
        *COMMON, "request-metadata", "auth/resource-mismatch", "auth/offline-access-scope",
        "auth/offline-access-not-supported", "auth/authorization-server-migration", "auth/iss-supported",
        "auth/iss-not-advertised", "auth/iss-supported-missing", "auth/iss-wrong-issuer", "auth/iss-unexpected",
        "auth/iss-normalized", "auth/metadata-issuer-mismatch", "http-standard-headers", "http-custom-headers",
        "http-invalid-tool-headers", "json-schema-ref-no-deref",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("version", "scenario"), [(version, name) for version, names in SCENARIOS.items() for name in names]
)
def test_the_suites_server_finds_nothing_wrong_with_the_client(version: str, scenario: str, tmp_path: Path) -> None:
    """One at a time: started together they are judged by their exit code alone."""
    play = f"{sys.executable} -m tests.conformance.client"
    words = [*node.command("conformance"), "client", "--command", play, "--scenario", scenario]
    subprocess.run(
        [*words, "--spec-version", version, "-o", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        timeout=120,
        check=False,
    )
    (written,) = tmp_path.rglob("checks.json")
    checks = json.loads(written.read_text())
    assert checks
    assert [
        f"{check['id']}: {check.get('errorMessage', '')}" for check in checks if check["status"] not in PASSED
    ] == []


def test_no_scenario_is_left_out_but_by_name() -> None:
    said = subprocess.run(
        [*node.command("conformance"), "list"], capture_output=True, text=True, timeout=60, check=True
    )
    lines = [
        line.split() for line in said.stdout.partition("Client scenarios")[2].splitlines() if line.startswith("  - ")
    ]
    for version in ("2025-11-25", "2026-07-28"):
        offered = {words[1] for words in lines if version in words[2] and words[1] not in SERVERS_TOO}
        ours = set(SCENARIOS[version]) | set(NOT_OURS)
        assert offered - ours == set(), version


SERVERS_TOO = {"authorization-server-metadata-endpoint", "authorization-code-grant"}
