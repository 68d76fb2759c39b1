"""A shop that was connected through the pages, a server that wants a sign-in, and the owner's browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from halo.servers.models import Server
from tests import cast
from tests.external.scripts import REFUND, find_orders, shop, switch_on
from tests.external.shopping import NOTE, connect
from tests.servers.fixtures import issuer
from tests.servers.issuing import Issuing
from tests.servers.rows import a_server
from tests.servers.upstream import Theirs
from tests.support.browser import Browser

__all__ = ["issuer"]


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


@pytest.fixture
def server(app: Flask, issuer: Issuing) -> Iterator[Server]:
    """One that wants a sign-in, connected and not signed in to."""
    with app.app_context():
        switch_on(cast.ACME, cast.UMBRA)
        yield a_server(issuer.server.url)


@pytest.fixture
def owner(browser: Browser, server: Server) -> Browser:
    return browser.sign_in(cast.OWNER)
