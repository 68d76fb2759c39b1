"""Fixtures for external parts. Without its part a test is skipped by name, and fails where CI=true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import chromium as chromium_part
from tests.support import disks, redis_server, sdks, session, stores
from tests.support import node as node_part
from tests.support.parts import require

PATIENCE_MS = 30_000
"""Milliseconds for a page to be what a test expects of it; on an idle machine it is at once."""


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The session's PostgreSQL (pgvector included), its maintenance database."""
    return f"{stores.postgres_server()}/postgres"


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The session's Redis."""
    require("Redis", redis_server.find)
    return session.once("redis", redis_server.start)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[redis_server.OwnRedis]:
    """A Redis of the test's own, to freeze and to stop."""
    require("Redis", redis_server.find)
    server = redis_server.OwnRedis(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of eight megabytes that the test may fill."""
    require("A small disk", disks.find)
    folder = tmp_path / "disk"
    folder.mkdir()
    with disks.mounted(folder, 8) as disk:
        yield disk


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Playwright's handle of one headless Chromium."""
    from playwright.sync_api import sync_playwright

    program = require("Chromium", chromium_part.find)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=chromium_part.FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def browser_context(chromium: Any) -> Iterator[Any]:
    """A fresh profile: no cookies, no cache. Waits on a busy machine, too, for what comes in the end."""
    from playwright.sync_api import expect

    context = chromium.new_context()
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(browser_context: Any) -> Any:
    """A tab in a fresh profile."""
    return browser_context.new_page()


@pytest.fixture
def problems(page: Any) -> list[str]:
    """What the browser complains about in the tab: scripts that fail, styles that the policy blocks."""
    from tests.support.tabs import complaints

    return complaints(page)


@pytest.fixture(scope="session")
def node() -> str:
    """The path of a Node of version 22 or newer."""
    return require("Node", node_part.find)


@pytest.fixture(scope="session")
def conformance() -> list[str]:
    """The command of the official MCP conformance suite, to put arguments after."""
    return require("npm packages", lambda: node_part.command("conformance"))


@pytest.fixture(scope="session")
def mcp_remote() -> list[str]:
    """The command of mcp-remote, to put arguments after."""
    return require("npm packages", lambda: node_part.command("mcp-remote"))


@pytest.fixture(scope="session")
def sdk_python() -> Callable[[str], str]:
    """The Python that has an older MCP SDK: `sdk_python("1.9.4")`."""
    return lambda version: require(f"MCP SDK {version}", lambda: sdks.find(version))
