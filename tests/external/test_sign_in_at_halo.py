"""Signing in, over the browser's two visits, at another Halo's authorization server, to use the tools behind it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground.database import db, now
from halo.servers.client import Address, Upstream
from halo.servers.failures import NeedsSignIn
from halo.servers.models import Server
from tests import cast
from tests.servers.rows import a_server, credential, set_row, shown, worked
from tests.servers.upstream import LOOPBACK
from tests.support.browser import Browser
from tests.support.live import LiveServer
from tests.support.person import Person

PAGE = "/dashboard/integrations/mcp/halo"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_another_halo_is_signed_in_to_used_renewed_and_left(
    app: Flask, make_browser: Callable[[], Browser], live_server: LiveServer
) -> None:
    browser = make_browser().sign_in(cast.OWNER)
    with app.app_context():
        flags.turn_on(MCP_EXTERNAL_SERVERS, workspace_id=cast.workspace().id, why="Tried", principal=None)
        server = a_server(live_server.mcp_url, slug="halo")
        address = browser.post(f"{PAGE}/sign-in").one("a", id="leave").get("href", "")
        with Person() as person:
            came_back = urlsplit(person.allow(address))
        assert came_back.path == "/integrations/mcp/callback"
        browser.client.get(f"{came_back.path}?{came_back.query}")
        first = shown(server)
        assert "search_docs" in tools(live_server, first)
        kept = credential(server)
        assert kept.issuer == live_server.url and kept.due_at is not None
        set_row(server, due_at=now())
        assert worked(server) == "done"
        second = shown(server)
        assert second != first and "search_docs" in tools(live_server, second)
        browser.client.post(f"{PAGE}/sign-out", data={"csrf_token": browser.csrf_token()})
        assert shown(server) == "" and db.session.scalars(select(Server.client)).one() == ""
        with pytest.raises(NeedsSignIn):
            tools(live_server, second)


def tools(live: LiveServer, authorization: str) -> set[str]:
    upstream = Upstream(Address(live.mcp_url, LOOPBACK))
    with upstream.conversation(authorization, seconds=60) as talk:
        return {tool["name"] for tool in talk.tools().tools}
