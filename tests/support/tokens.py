"""The test's own hand in the database of a server that runs in other processes: tokens, and changes by services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support import stores
from tests.support.live import LiveServer


@contextmanager
def beside(server: LiveServer) -> Iterator[None]:
    """An app context on the server's database, in this process."""
    from halo import create_app

    app = create_app(server.store.settings(base_url=server.url))
    try:
        with app.app_context():
            yield
    finally:
        stores.close(app)


def a_token_for(server: LiveServer, words: str = "docs:read setup:read data:read", **columns: Any) -> str:
    """An access token for the server's `/api/mcp`; `person`, `workspace` and columns of the grant may be given."""
    from tests.factories import a_token

    with beside(server):
        return a_token(words, resource=server.mcp_url, **columns)


def lift_limits(server: LiveServer) -> None:
    """Let a test call Acme's tools as often as it likes."""
    from halo.ground.database import one_change
    from halo.ledger.changes import raise_version
    from tests import cast

    with beside(server), one_change() as rows:
        workspace = rows.merge(cast.workspace())
        workspace.limits = {"calls_per_workspace": 10**6, "calls_per_client": 10**6}
        raise_version(workspace.id)
