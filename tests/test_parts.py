"""The external parts are the ones that the tests mean."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import redis

from tests.support import parts
from tests.support.parts import Missing


def said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_postgresql_has_vectors(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE EXTENSION vector")
        assert connection.execute("SELECT '[1,2]'::vector <-> '[1,4]'::vector").fetchone() == (2.0,)
        connection.rollback()


def test_redis_counts(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as server:
        assert server.incr("turns") == 1


def test_node_is_22_or_newer(node: str) -> None:
    assert int(said(node, "--version").removeprefix("v").split(".")[0]) >= 22


def test_the_conformance_suite_is_the_pinned_one(conformance: list[str]) -> None:
    assert said(*conformance, "--version") == "0.2.0-alpha.12"


@pytest.mark.parametrize("version", ["1.9.4", "1.30.0"])
def test_an_older_sdk_lives_in_its_own_environment(sdk_python: Callable[[str], str], version: str) -> None:
    question = "import importlib.metadata as m; print(m.version('mcp'))"
    assert said(sdk_python(version), "-c", question) == version


def test_chromium_shows_a_page(page: Any) -> None:
    page.set_content("<title>Here</title><h1>Hello</h1>")
    assert page.title() == "Here"


def nowhere() -> None:
    raise Missing("it is not made for this machine")


def test_a_missing_part_is_a_skip_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "IN_CI", False)
    with pytest.raises(pytest.skip.Exception, match="Teapot is not available: it is not made for this machine"):
        parts.require("Teapot", nowhere)


def test_a_missing_part_is_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "IN_CI", True)
    with pytest.raises(pytest.fail.Exception, match="CI=true allows no such skip"):
        parts.require("Teapot", nowhere)
