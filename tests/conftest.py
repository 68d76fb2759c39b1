"""Fixtures that every test may ask for. Data tests run on both databases: ask for `app`, `client` or `browser`.

For one database only: `@pytest.mark.parametrize("store", ["sqlite"], indirect=True)`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support import apps, compiled, session, stores
from tests.support.browser import Browser
from tests.support.live import LiveServer

pytest_plugins = ["tests.support.fixtures"]
DATABASES = ("sqlite", "postgresql")
WAITING = ("jobs", "serve", "journeys", "conformance", "interop", "pages", "security")
"""Folders whose tests wait for processes more than they work: begun last, they would keep everybody waiting."""


def pytest_configure(config: pytest.Config) -> None:
    compiled.share_routes()
    if not hasattr(config, "workerinput"):
        session.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    apps.close_all()
    stores.close_all()
    if not hasattr(config, "workerinput"):
        session.end()


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: some test always waits for a process."""
    return min(4, (os.cpu_count() or 1) + 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order in which workers take them: those that wait, then the largest first."""
    sizes = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[bool, int, Path]:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        return folder not in WAITING, -sizes[item.path], item.path

    items.sort(key=place)


@pytest.fixture(autouse=True)
def tools_left_as_they_were() -> Iterator[None]:
    """A tool that a test declares and leaves behind would be met by whichever test this worker runs next."""
    from halo import tool

    before = tool.every()
    yield
    left = {it.name for it in tool.every()} ^ {it.name for it in before}
    assert not left or not before, f"tool.forget() what the test declared, put back what it took: {sorted(left)}"


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest) -> stores.Store:
    """This worker's database with the cast in it, as good as new."""
    return stores.fresh(request.param)


@pytest.fixture
def app(store: stores.Store) -> Iterator[Flask]:
    """The worker's app, once on SQLite and once on PostgreSQL. Services need `with app.app_context():`."""
    app = apps.of_the_worker(store)
    yield app
    apps.as_new(app, store.kind)


@pytest.fixture
def make_app(store: stores.Store) -> Iterator[Callable[..., Flask]]:
    """Apps of the test's own on the store: with settings (`make_app(sign_up=False)`), or to be changed."""
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        made.append(apps.of_its_own(store, **settings))
        return made[-1]

    yield make
    for app in made:
        stores.close(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Raw HTTP, for headers and status codes. Follows nothing, keeps cookies."""
    return app.test_client()


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser without JavaScript that checks every page it sees: `browser.sign_in(OWNER)`."""
    return Browser(app)


@pytest.fixture
def make_browser(app: Flask) -> Callable[[], Browser]:
    """More browsers on the same app, each with its own cookies."""
    return lambda: Browser(app)


@pytest.fixture(scope="module", params=DATABASES)
def live_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The real server, two workers, on a free port, with the cast; shared by the tests of a file."""
    store = stores.separate(request.param, tmp_path_factory.mktemp("live"))
    with LiveServer(store) as server:
        yield server


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., LiveServer]]:
    """Servers of the test's own: `start_server("sqlite", HALO_WORKERS="1")`."""
    started: list[LiveServer] = []

    def start(kind: str = "sqlite", **environment: str) -> LiveServer:
        store = stores.separate(kind, tmp_path / f"live-{len(started)}")
        server = LiveServer(store, **environment)
        started.append(server)
        return server.__enter__()

    yield start
    for server in started:
        server.__exit__()
