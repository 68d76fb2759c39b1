"""A shop, and the owner's browser after it was connected through the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests import cast
from tests.external.scripts import REFUND, find_orders, shop, switch_on
from tests.external.shopping import NOTE, connect
from tests.servers.upstream import Theirs
from tests.support.browser import Browser


@pytest.fixture
def listed_shop() -> Iterator[Theirs]:
    with shop(find_orders(), REFUND, dict(NOTE)) as server:
        yield server


@pytest.fixture
def at_shop(app: Flask, browser: Browser, listed_shop: Theirs) -> Browser:
    """The owner's browser, after the shop was connected through the pages."""
    with app.app_context():
        switch_on(cast.ACME, cast.UMBRA)
    browser.sign_in(cast.OWNER)
    connect(browser, listed_shop.url)
    return browser
