"""The theatre of these tests: on SQLite, with a few customers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from halo import demo
from tests.pages.theatre import Theatre, served
from tests.support import stores


@pytest.fixture(scope="package")
def theatre(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Theatre]:
    """Set up once: whoever looks at a page changes nothing."""
    store = stores.separate("sqlite", tmp_path_factory.mktemp("theatre"))
    with served(store) as server:
        shown = Theatre(server, chromium, demo.seed_small)
        yield shown
        shown.close()
