"""Tokens for a server that runs in another process: rows put into its database from here."""

from __future__ import annotations

from typing import Any

from tests.support import stores
from tests.support.live import LiveServer


def a_token_for(server: LiveServer, words: str = "docs:read setup:read data:read", **columns: Any) -> str:
    """An access token for the server's `/api/mcp`; `person`, `workspace` and columns of the grant may be given."""
    from halo import create_app
    from tests.factories import a_token

    app = create_app(server.store.settings(base_url=server.url))
    try:
        with app.app_context():
            return a_token(words, resource=server.mcp_url, **columns)
    finally:
        stores.close(app)
