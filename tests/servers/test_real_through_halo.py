"""Real servers through Halo, the whole way: connected, called, restarted, changed, held, accepted, let go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from halo import facts
from halo.actions import holders
from halo.actions import service as actions
from halo.agents import holding, service
from halo.agents.models import Agent
from halo.agents.service import WantedAgent
from halo.ground import server_limits
from halo.ground.database import db, one_change
from halo.ground.errors import Reason
from halo.ground.modes import Mode
from halo.ledger.models import ActionExecution
from halo.oauth import grants
from halo.oauth.models import Grant
from halo.perform import Answered, Refusal, perform
from halo.servers import reviewing
from halo.servers.models import Server
from tests import cast, factories
from tests.external.scripts import MANAGE, Script, lend, switch_on
from tests.oauth.flow import MCP
from tests.servers.real import Real
from tests.spine.test_trial import the_member
from tests.support.browser import Browser
from tests.support.live import LiveServer
from tests.support.person import Person
from tests.support.tokens import beside

SDKS = ("1.30.0", "2")
WITH_SESSION, WITHOUT = 0, 1


@pytest.fixture
def inside(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        switch_on(cast.ACME)
        yield app


class Connected:
    """A server that Acme connected, with an agent for whom some of its tools are on."""

    def __init__(self, app: Flask, url: str, *public: str, **fields: Any) -> None:
        self.app, self.script = app, Script(app, lend(MANAGE))
        answer = self.script.connect(url, **fields)
        assert answer.status_code == 201, answer.json
        self.tools = {tool["name"]: tool for tool in answer.json["tools"]}
        self.agent = service.create(WantedAgent("Support"), principal=the_member())
        self.offer(*public)

    def offer(self, *public: str) -> None:
        """To every conversation of the agent."""
        for name in public:
            reviewing.sort("shop", name, "public", principal=the_member())
        self.switch(self.agent.id, *public)

    def switch(self, holder: str, *names: str) -> None:
        held = holders.get(holder, principal=the_member())
        now = facts.now_of(cast.workspace().id)
        actions.set_mode(map(self.alias, names), Mode.AUTO, holder=held, workspace=now, principal=the_member())

    def alias(self, name: str) -> str:
        return str(self.tools[name]["alias"])

    def call(self, name: str, **arguments: Any) -> Answered | Refusal:
        """As the agent."""
        agent = db.session.get_one(Agent, self.agent.id)
        run = holding.run_of(agent)
        return perform(self.alias(name), arguments, principal=run, context=factories.a_context())

    def answer(self, name: str, **arguments: Any) -> Any:
        """What a call of the agent's is answered with."""
        done = self.call(name, **arguments)
        assert isinstance(done, Answered), done.sentence
        assert not done.answer.is_error, done.answer.text
        return done.answer

    def last_row(self) -> ActionExecution:
        return db.session.scalars(select(ActionExecution).order_by(ActionExecution.id.desc()).limit(1)).one()

    def held(self) -> list[str]:
        """What a look at its list finds that somebody has to look at."""
        assert self.script.ask("POST", "/shop/refresh").status_code == 200
        return sorted(name for name, tool in self.script.tools().items() if tool["status"] == "held")


def rpc(app: Flask, token: str, method: str, **params: Any) -> Any:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return app.test_client().post(MCP, json=message, headers={"Authorization": f"Bearer {token}"}).get_json()["result"]


def test_everything_is_connected_called_restarted_and_let_go(inside: Flask, servers: dict[str, Real]) -> None:
    server = servers["everything"]
    shop = Connected(inside, server.url(), "echo", "get-structured-content", "get-tiny-image")
    assert len(shop.tools) == 13
    assert shop.tools["simulate-research-query"]["status"] == "unusable"
    assert shop.answer("echo", message="Grüße").text == "Echo: Grüße"
    row = shop.last_row()
    connected = db.session.scalars(select(Server)).one()
    assert (row.server_id, row.integration, row.action) == (connected.id, "shop", "echo")
    assert (row.tool, row.agent_id, row.outcome) == ("shop__echo", shop.agent.id, "ok")
    assert set(shop.answer("get-structured-content", location="Chicago").data) > {"temperature", "humidity"}
    assert "image" in [block["type"] for block in shop.answer("get-tiny-image").content]
    server.restart()
    assert shop.answer("echo", message="again").text == "Echo: again"
    assert shop.held() == []
    assert shop.script.ask("DELETE", "/shop").status_code == 200
    gone = shop.call("echo", message="gone")
    assert isinstance(gone, Refusal) and gone.reason is Reason.tool_unknown


@pytest.mark.parametrize(("sdk", "manner"), [(SDKS[0], WITH_SESSION), (SDKS[1], WITH_SESSION), (SDKS[1], WITHOUT)])
def test_a_tool_that_its_owner_changed_is_held_until_it_is_accepted(
    inside: Flask, servers: dict[str, Real], sdk: str, manner: int
) -> None:
    server = servers[sdk]
    server.restart()
    shop = Connected(inside, server.url(manner), "add", "stock")
    assert shop.answer("stock", item="lamp").data == {"item": "lamp", "count": 4}
    before = shop.last_row().definition
    server.restart("changed")
    assert shop.answer("add", a=2, b=3).data == {"result": 5}
    assert shop.held() == ["stock"]
    old = shop.call("stock", item="lamp")
    assert isinstance(old, Answered) and old.answer.is_error, "it runs on the accepted definition, which is gone there"
    assert shop.last_row().definition == before
    assert shop.script.ask("POST", "/shop/tools/stock/acceptance").status_code == 200
    assert shop.held() == []
    assert shop.answer("stock", item="lamp", warehouse="east").data == {"item": "lamp", "count": 8}
    assert shop.last_row().definition != before


def test_clients_get_what_is_offered_and_switched_on_and_nothing_after_it_is_let_go(
    inside: Flask, servers: dict[str, Real]
) -> None:
    shop = Connected(inside, servers["2"].url(WITHOUT))
    token = factories.a_token("docs:read actions:*")
    assert "shop__add" not in {tool["name"] for tool in rpc(inside, token, "tools/list")["tools"]}
    assert shop.script.ask("PATCH", "/shop", {"for_clients": True}).status_code == 200
    assert "shop__add" not in {tool["name"] for tool in rpc(inside, token, "tools/list")["tools"]}
    shop.switch("external_clients", "add")
    listed = {tool["name"]: tool for tool in rpc(inside, token, "tools/list")["tools"]}
    assert set(listed) & {"shop__add", "shop__stock"} == {"shop__add"}
    assert set(listed["shop__add"]["inputSchema"]["properties"]) == {"a", "b"}
    called = rpc(inside, token, "tools/call", name="shop__add", arguments={"a": 2, "b": 3})
    assert called["structuredContent"] == {"result": 5} and not called["isError"]
    assert shop.last_row().client_id and shop.last_row().server_id
    assert shop.script.ask("DELETE", "/shop").status_code == 200
    assert "shop__add" not in {tool["name"] for tool in rpc(inside, token, "tools/list")["tools"]}


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
def test_a_server_behind_our_own_authorization_server_is_signed_in_at_called_and_told_apart_once_that_is_revoked(
    inside: Flask, browser: Browser, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another Halo. Descriptions of its tools name tools of this one, so that a person looks at them first."""
    monkeypatch.setattr(server_limits, "SERVER_TOKEN_YOUNG_SECONDS", 0)
    shop = Connected(inside, live_server.mcp_url, auth_method="oauth2")
    assert shop.tools == {} and shop.script.get("/shop")["status"]["word"] == "needs_sign_in"
    leaves = browser.sign_in(cast.OWNER).post("/dashboard/integrations/mcp/shop/sign-in").one("a", id="leave")
    with Person() as person:
        came_back = urlsplit(person.allow(leaves.get("href", "")))
    assert browser.client.get(f"{came_back.path}?{came_back.query}").status_code == 303
    assert shop.script.ask("POST", "/shop/refresh").status_code == 200
    shop.tools = shop.script.tools()
    assert shop.tools["search_docs"]["status"] == "held"
    assert shop.script.ask("POST", "/shop/tools/search_docs/acceptance").status_code == 200
    shop.offer("search_docs")
    assert "Scopes" in shop.answer("search_docs", query="scopes").text
    live_server.restart()
    assert "Scopes" in shop.answer("search_docs", query="scopes").text
    with beside(live_server), one_change():
        for grant in db.session.scalars(select(Grant).where(Grant.revoked_at.is_(None))):
            grants.end(grant, "revoked", principal=None)
    ended = shop.call("search_docs", query="scopes")
    assert isinstance(ended, Refusal) or ended.answer.is_error
    assert shop.script.get("/shop")["status"]["word"] == "needs_sign_in"
    refused = shop.call("search_docs", query="scopes")
    assert isinstance(refused, Refusal) and refused.reason is Reason.integration_signed_out
    assert shop.script.ask("DELETE", "/shop").status_code == 200
