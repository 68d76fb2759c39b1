"""The API of connected servers: what each address does, who may, and what nobody sees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground import settings
from halo.ground.database import db, one_change
from halo.ground.errors import Mistake
from halo.ground.outbound.networks import private_network
from halo.ground.permissions import Role
from halo.ledger import changes
from halo.ledger.models import Change
from halo.servers import snapshot
from halo.servers.models import Server, ServerCredential, ServerTool, ToolDefinition
from halo.servers.wanted import address
from halo.workspaces.models import Membership
from tests import cast
from tests.cast import ADMIN, OWNER, STRANGER
from tests.external.scripts import ALL, MANAGE, VIEW, Script, find_orders, lend, shop, switch_on, told
from tests.servers.upstream import Answer, Theirs, modern, theirs

EVERY = [
    ("GET", ""), ("POST", ""), ("GET", "/shop"), ("PATCH", "/shop"), ("DELETE", "/shop"), ("POST", "/shop/refresh"),
    ("GET", "/shop/tools"), ("POST", "/shop/tools/find_orders/acceptance"),
]  # fmt: skip
READS = [each for each in EVERY if each[0] == "GET"]
TOKEN = "what-only-the-server-knows-7f3a"


@pytest.fixture
def script(app: Flask) -> Script:
    with app.app_context():
        switch_on(cast.ACME, cast.UMBRA)
        return Script(app, lend(MANAGE))


@pytest.fixture
def upstream() -> Iterator[Theirs]:
    with shop() as server:
        yield server


def knock(script: Script, method: str, path: str) -> TestResponse:
    return script.ask(method, path, {} if method in ("POST", "PATCH") else None)


def rows(app: Flask) -> dict[str, int]:
    with app.app_context():
        tables = (Server, ServerTool, ServerCredential, ToolDefinition)
        return {each.__tablename__: db.session.scalar(select(func.count()).select_from(each)) or 0 for each in tables}


def events(app: Flask) -> list[str]:
    """Of servers and tools, in order."""
    with app.app_context():
        told = select(Change.event).where(Change.event.like("server%")).order_by(Change.id)
        return list(db.session.scalars(told))


def test_connecting_answers_with_the_tools_that_were_found(app: Flask, script: Script, upstream: Theirs) -> None:
    answer = script.connect(upstream.url)
    assert answer.status_code == 201 and answer.headers["Location"] == f"{ALL}/shop"
    assert answer.json["status"]["word"] == "ready" and answer.json["protocol_version"] == "2026-07-28"
    found = {tool["name"]: tool for tool in answer.json["tools"]}
    assert found["find_orders"]["alias"] == "shop__find_orders" and found["find_orders"]["status"] == "accepted"
    assert found["find_orders"]["read_only"] and not found["find_orders"]["destructive"]
    assert found["refund_order"]["destructive"], "no word of its server says otherwise"
    assert found["find_orders"]["suggested_locks"] == {"email": "email"} and found["find_orders"]["reach"] == "unsorted"
    assert [each["slug"] for each in script.get()["servers"]] == ["shop"]
    assert script.get("/shop")["listed_at"] and events(app) == ["server.connected"]


def test_credentials_go_in_and_never_come_out(app: Flask, script: Script) -> None:
    def behaves(asked: Any) -> Answer:
        return modern(asked) if asked.headers.get("Authorization") == f"Bearer {TOKEN}" else Answer(status=401)

    with theirs(behaves) as server:
        refused = script.connect(server.url, auth_method="bearer", credentials={"token": "another"})
        assert told(refused) == (502, "upstream_failed") and refused.json["details"] == {"stage": "auth"}
        assert rows(app) == dict.fromkeys(rows(app), 0)
        made = script.connect(server.url, auth_method="bearer", credentials={"token": TOKEN})
        assert made.status_code == 201, made.json
        said = [made, script.ask("PATCH", "/shop", {"name": "Other"}), script.ask("POST", "/shop/refresh")]
        said += [script.ask("GET", path) for _, path in READS] + [script.ask("DELETE", "/shop")]
    assert {each.status_code for each in said} == {200, 201}
    assert not [each for each in said if TOKEN in each.get_data(as_text=True)]
    with app.app_context():
        history = [json.dumps([row.before, row.after, row.subject]) for row in db.session.scalars(select(Change))]
    assert not [row for row in history if TOKEN in row]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"slug": "Shop"}, "slug"), ({"slug": "1shop"}, "slug"), ({"slug": "s" * 33}, "slug"), ({"slug": ""}, "slug"),
        ({"slug": "shop-1"}, "slug"), ({"slug": "data"}, "slug"), ({"slug": "stripe"}, "slug"), ({"slug": 7}, "slug"),
        ({"slug": "shop\n"}, "slug"), ({"name": ""}, "name"), ({"name": "x" * 101}, "name"), ({"name": None}, "name"),
        ({"name": "Sh\u202eop"}, "name"), ({"name": "Sh\u0000op"}, "name"),
        ({"url": "https://a.example/" + "x" * 2048}, "url"), ({"url": "ftp://a.example/"}, "url"),
        ({"url": "https://ana:secret@a.example/"}, "url"), ({"url": "https://a.example/#part"}, "url"),
        ({"url": "https://a.example/mcp?apiKey=x"}, "url"),
        ({"url": "https://a.example/mcp?k=sk_live_0123456789abcdef"}, "url"), ({"url": "a.example"}, "url"),
        ({"url": ["https://a.example"]}, "url"), ({"url": "https://a .example/"}, "url"),
        ({"auth_method": "basic"}, "auth_method"), ({"auth_method": None}, "auth_method"),
        ({"credentials": {"token": TOKEN}}, "credentials"), ({"auth_method": "bearer"}, "credentials"),
        ({"auth_method": "bearer", "credentials": {"access_token": TOKEN}}, "credentials"),
        ({"auth_method": "bearer", "credentials": {"token": "two words"}}, "credentials"),
        ({"auth_method": "bearer", "credentials": {"token": "line\r\nX: y"}}, "credentials"),
        ({"auth_method": "bearer", "credentials": {"token": 5}}, "credentials"),
        ({"auth_method": "bearer", "credentials": TOKEN}, "credentials"),
        ({"auth_method": "oauth2", "credentials": {"refresh_token": TOKEN}}, "credentials"),
        ({"headers": {"Authorization": "Bearer x"}}, "headers"), ({"headers": {"X-Api-Key": "x"}}, "headers"),
        ({"headers": {"Mcp-Session-Id": "x"}}, "headers"), ({"headers": {"X-Team": "a\r\nb"}}, "headers"),
        ({"headers": {"Halo_Assertion": "x"}}, "headers"), ({"headers": {"mcp_session_id": "x"}}, "headers"),
        ({"headers": {"X Team": "a"}}, "headers"), ({"headers": {"X-Team": "a", "x-team": "b"}}, "headers"),
        ({"headers": "X-Team: a"}, "headers"), ({"headers": {f"X-{n}": "a" for n in range(21)}}, "headers"),
        ({"call_seconds": 301}, "call_seconds"), ({"call_seconds": 0}, "call_seconds"),
        ({"call_seconds": True}, "call_seconds"), ({"call_seconds": "45"}, "call_seconds"),
        ({"is_ours": "yes"}, "is_ours"), ({"sends_assertion": True}, "sends_assertion"),
        ({"wishes": {"password": "x"}}, "wishes"), ({"wishes": {"extra": {"state": "x"}}}, "wishes"),
        ({"wishes": {"scope": "two\tways\u00e9"}}, "wishes"), ({"token": TOKEN}, "token"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_what_does_not_fit_is_named_before_anything_is_asked(
    app: Flask, script: Script, upstream: Theirs, fields: dict[str, Any], named: str
) -> None:
    refused = script.connect(**{"url": upstream.url} | fields)
    assert told(refused) == (422, "invalid") and refused.json["details"] == {"field": named}
    assert TOKEN not in refused.get_data(as_text=True)
    assert not upstream.asked and rows(app) == dict.fromkeys(rows(app), 0)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_body_that_is_no_object_is_refused_in_words(app: Flask, script: Script) -> None:
    with app.app_context():
        headers = {"Authorization": f"Bearer {lend(MANAGE)}"}
    for body in (b"", b"[]", b"{", b"null", b"[" * 100_000, b'{"name": "\xff"}', b'{"name": "\\ud800"}'):
        assert told(app.test_client().post(ALL, data=body, headers=headers)) == (422, "invalid")
    missing = script.ask("POST", body={"name": "Shop", "slug": "shop"})
    assert missing.json["details"] == {"field": "url"}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_in_production_only_https_is_taken_but_for_networks_of_the_operator(make_app: Any) -> None:
    strict = make_app(allow_private_addresses=False)
    with strict.app_context(), pytest.raises(Mistake, match="begins with https://"):
        address("http://a.example/mcp", settings.current())
    own = (private_network("10.20.0.0/16"),)
    with make_app(allow_private_addresses=False, server_networks=own).app_context():
        assert address("http://10.20.0.7/mcp", settings.current()) == "http://10.20.0.7/mcp"


def test_a_slug_is_used_once_in_a_workspace(script: Script, upstream: Theirs) -> None:
    assert script.connect(upstream.url).status_code == 201
    asked = len(upstream.asked)
    taken = script.connect(upstream.url, name="Another")
    assert told(taken) == (409, "conflict") and taken.json["details"] == {"field": "slug"}
    assert len(upstream.asked) == asked, "nobody is asked for what cannot be kept"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_workspace_has_twenty_servers_at_most(app: Flask, script: Script, upstream: Theirs) -> None:
    with app.app_context(), one_change() as session:
        for number in range(20):
            of = {"workspace_id": cast.workspace().id, "name": "S", "url": upstream.url, "auth_method": "none"}
            session.add(Server(slug=f"s{number}", **of))
    refused = script.connect(upstream.url)
    assert told(refused) == (422, "invalid") and "20 servers" in refused.json["message"]


def test_each_address_takes_its_permission(app: Flask, script: Script) -> None:
    with app.app_context():
        viewer, nothing, demoted = Script(app, lend(VIEW)), Script(app, ""), Script(app, lend(MANAGE, person=ADMIN))
        mine = update(Membership).where(Membership.person_id == cast.person(ADMIN).id)
        with one_change() as session:
            session.execute(mine.values(role=Role.MEMBER.value, permissions=["inbox:view"]))
            changes.raise_version(cast.workspace().id)
    for method, path in EVERY:
        assert told(knock(nothing, method, path)) == (401, "credential_missing")
        assert told(knock(demoted, method, path)) == (403, "permission_missing"), "its person holds it no more"
        by_viewer = knock(viewer, method, path)
        if method == "GET":
            assert by_viewer.status_code in (200, 404)
        else:
            assert told(by_viewer) == (403, "permission_missing"), f"{method} {path}"


def test_each_address_is_refused_while_the_flag_is_off(app: Flask, script: Script) -> None:
    with app.app_context():
        workspace = cast.workspace().id
        flags.turn_off(MCP_EXTERNAL_SERVERS, workspace_id=workspace, why="Tried", principal=None)
    for method, path in EVERY:
        assert told(knock(script, method, path)) == (403, "external_servers_off"), f"{method} {path}"


def test_servers_of_equal_names_in_two_workspaces_share_nothing(app: Flask, script: Script, upstream: Theirs) -> None:
    with app.app_context():
        theirs_ = Script(app, lend(MANAGE, person=STRANGER, workspace=cast.UMBRA))
    assert script.connect(upstream.url, name="Ours").status_code == 201
    for method, path in EVERY:
        if path:
            assert told(knock(theirs_, method, path)) == (404, "not_found"), f"{method} {path}"
    assert theirs_.get()["servers"] == []
    assert theirs_.connect(upstream.url, name="Theirs").status_code == 201
    assert theirs_.ask("PATCH", "/shop", {"for_clients": True}).status_code == 200
    assert theirs_.ask("DELETE", "/shop").status_code == 200
    assert script.get("/shop")["name"] == "Ours" and not script.get("/shop")["for_clients"]
    assert {tool["status"] for tool in script.tools().values()} == {"accepted"}


@pytest.mark.parametrize(
    ("behaves", "stage"),
    [
        (lambda asked: Answer(b"<html>", 200, "text/html"), "protocol"),
        (lambda asked: Answer(status=401), "auth"),
        (lambda asked: Answer(status=500), "http"),
        (lambda asked: modern(asked, [{"name": "x"}] * 201), "protocol"),
        (lambda asked: modern(asked, [{"name": "x", "description": "y" * 60_000}] * 34), "protocol"),
    ],
)
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_server_that_cannot_be_met_is_not_connected_and_the_stage_is_told(
    app: Flask, script: Script, behaves: Any, stage: str
) -> None:
    with theirs(behaves) as server:
        refused = script.connect(server.url)
    assert told(refused) == (502, "upstream_failed") and refused.json["details"] == {"stage": stage}
    assert rows(app) == dict.fromkeys(rows(app), 0) and events(app) == []


def test_who_is_interrupted_while_connecting_leaves_nothing(
    app: Flask, script: Script, upstream: Theirs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "_lock", killed)
        with pytest.raises(SystemExit):
            script.connect(upstream.url)
    assert rows(app) == dict.fromkeys(rows(app), 0) and events(app) == []
    assert script.connect(upstream.url).status_code == 201


def test_a_server_that_wants_a_sign_in_waits_for_it(app: Flask, script: Script) -> None:
    with theirs(lambda asked: Answer(status=401)) as server:
        made = script.connect(server.url, auth_method="oauth2")
    assert made.status_code == 201 and made.json["tools"] == []
    assert made.json["status"]["word"] == "needs_sign_in"


def test_a_change_sets_some_fields_and_leaves_the_others(app: Flask, script: Script, upstream: Theirs) -> None:
    script.connect(upstream.url, headers={"X-Team": "support", "X-Region": "eu"}, call_seconds=60)
    asked = len(upstream.asked)
    changed = script.ask("PATCH", "/shop", {"name": "Orders", "is_ours": True, "for_clients": True})
    assert changed.status_code == 200 and len(upstream.asked) == asked, "what it is called is no other way to it"
    assert (changed.json["name"], changed.json["call_seconds"]) == ("Orders", 60)
    merged = script.ask("PATCH", "/shop", {"headers": {"X-Region": None, "X-Place": "b"}})
    assert merged.json["headers"] == {"X-Team": "support", "X-Place": "b"}
    assert upstream.asked[-1].headers["X-Place"] == "b" and "X-Region" not in upstream.asked[-1].headers
    assert told(script.ask("PATCH", "/shop", {"slug": "other"})) == (422, "invalid")
    assert script.ask("PATCH", "/shop", {"slug": "shop"}).status_code == 200
    assert script.ask("PATCH", "/shop", {"colour": "red"}).json["details"] == {"field": "colour"}
    assert script.ask("PATCH", "/shop", {"sends_assertion": True, "is_ours": False}).json["details"] == {
        "field": "sends_assertion"
    }
    assert events(app) == ["server.connected", "server.changed", "server.changed"]


def test_another_address_has_to_work_before_it_counts_and_gets_no_old_token(app: Flask, script: Script) -> None:
    with shop() as first, shop(find_orders(description="Otherwise.")) as second:
        script.connect(first.url, auth_method="bearer", credentials={"token": TOKEN})
        kept = script.ask("PATCH", "/shop", {"url": second.url})
        assert told(kept) == (422, "invalid") and kept.json["details"] == {"field": "credentials"}
        assert not second.asked
        gone = script.ask("PATCH", "/shop", {"url": "http://127.0.0.1:9/mcp", "credentials": {"token": "other"}})
        assert told(gone) == (502, "upstream_failed") and script.get("/shop")["url"] == first.url
        moved = script.ask("PATCH", "/shop", {"url": second.url, "credentials": {"token": "other"}})
        assert moved.status_code == 200 and moved.json["url"] == second.url
        assert {asked.headers["Authorization"] for asked in second.asked} == {"Bearer other"}
    found = script.tools()
    assert (found["find_orders"]["status"], found["find_orders"]["why"]) == ("held", "changed")
    assert found["refund_order"]["status"] == "removed"


def test_disconnecting_leaves_nothing_of_it_but_the_history(app: Flask, script: Script, upstream: Theirs) -> None:
    script.connect(upstream.url)
    answer = script.ask("DELETE", "/shop")
    assert answer.status_code == 200 and answer.json["revoked"] is None and answer.json["tools"] == 2
    assert told(script.ask("GET", "/shop")) == (404, "not_found")
    left = rows(app)
    assert left.pop("tool_definitions") == 2 and left == dict.fromkeys(left, 0)
    assert events(app) == ["server.connected", "server.disconnected"]
    assert script.connect(upstream.url).status_code == 201, "the slug is free again"


def test_what_changed_is_held_until_it_is_accepted(app: Flask, script: Script, upstream: Theirs) -> None:
    script.connect(upstream.url)
    narrowed = find_orders()
    narrowed["inputSchema"]["properties"]["limit"]["maximum"] = 10
    upstream.tools[:] = [narrowed, find_orders(name="ship_order", description="Sends it.")]  # type: ignore[attr-defined]
    found = script.ask("POST", "/shop/refresh").json
    assert found["found"] == {"new": ["ship_order"], "changed": ["find_orders"], "removed": ["refund_order"]}
    assert found["status"]["word"] == "held"
    held = {tool["name"]: tool for tool in found["tools"]}["find_orders"]
    assert [(it["kind"], it["where"], it["breaks"]) for it in held["differences"]] == [("narrowed", "limit", True)]
    assert held["accepted_digest"] != held["listed_digest"]
    stale = script.ask("POST", "/shop/tools/find_orders/acceptance", {"digest": held["accepted_digest"]})
    assert told(stale) == (409, "conflict"), "what was looked at is what is accepted"
    accepted = script.ask("POST", "/shop/tools/find_orders/acceptance", {"digest": held["listed_digest"]})
    assert accepted.status_code == 200 and accepted.json["status"] == "accepted"
    assert script.ask("POST", "/shop/tools/shop__ship_order/acceptance").json["accepted_digest"]
    assert script.ask("POST", "/shop/tools/refund_order/acceptance").json["status"] == "gone"
    assert {name: tool["status"] for name, tool in script.tools().items()} == {
        "find_orders": "accepted", "ship_order": "accepted",
    }  # fmt: skip
    assert script.get("/shop")["status"]["word"] == "ready"
    assert told(script.ask("POST", "/shop/tools/none_such/acceptance")) == (404, "not_found")
    assert events(app)[1:] == ["server.listed", "server_tool.accepted", "server_tool.accepted", "server_tool.removed"]


def test_a_server_that_fails_later_says_so_and_keeps_its_tools(script: Script) -> None:
    broken: list[bool] = []
    with theirs(lambda asked: Answer(status=500) if broken else modern(asked)) as server:
        script.connect(server.url)
        broken.append(True)
        assert told(script.ask("POST", "/shop/refresh")) == (502, "upstream_failed")
        assert script.get("/shop")["status"] == {
            "word": "degraded", "message": "The server answered 500.", "lifted_by": "Its owner; Halo goes on asking.",
        }  # fmt: skip
        assert {tool["status"] for tool in script.tools().values()} == {"accepted"}
        broken.clear()
        assert script.ask("POST", "/shop/refresh").json["status"]["word"] == "ready"


def test_a_page_of_another_kind_of_credential_opens_no_door(app: Flask, script: Script, browser: Any) -> None:
    browser.sign_in(OWNER)
    assert told(browser.client.get(ALL)) == (401, "credential_missing")
