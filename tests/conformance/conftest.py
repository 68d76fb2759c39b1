from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.proxy import TokenProxy
from tests.support import stores
from tests.support.live import LiveServer
from tests.support.tokens import a_token_for


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the suite's fixtures, behind a proxy that brings the token."""
    store = stores.separate("sqlite", tmp_path_factory.mktemp("conformance"))
    with (
        LiveServer(store, FLASK_APP="tests.conformance.wsgi") as server,
        TokenProxy(server.mcp_url, a_token_for(server)) as proxy,
    ):
        yield proxy.url
