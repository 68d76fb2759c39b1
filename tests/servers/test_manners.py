"""Servers are what they are: each is connected, listed and called in the manners that are met in the wild."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from halo.ground.errors import Mistake, UpstreamFailed
from halo.servers import connecting, listing, reviewing, standing
from tests import cast
from tests.external.scripts import find_orders, switch_on
from tests.servers import upstream
from tests.servers.connected import a_person, answered, call
from tests.servers.desk import connected, member, offered, row, states, tools
from tests.servers.upstream import LEGACY, Answer, Asked, error, events, result, theirs

ECHO = upstream.TOOL | {"annotations": {"readOnlyHint": True}}
"""What a person may try."""


def modern(asked: Asked, tools: list[dict[str, Any]] | None = None) -> Answer:
    return upstream.modern(asked, tools or [ECHO])


pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def inside(app: Flask) -> Iterator[None]:
    with app.app_context():
        switch_on()
        yield


def test_c01_a_server_that_takes_post_alone_and_answers_every_address_with_a_page() -> None:
    def behaves(asked: Asked) -> Answer:
        if asked.method != "POST":
            return Answer(b"<!doctype html>", 405 if asked.path == "/mcp" else 200, "text/html")
        return modern(asked) if asked.headers.get("Authorization") else Answer(b"<html>", 401, "text/html")

    with theirs(behaves) as server:
        with pytest.raises(UpstreamFailed) as refused:
            connected(server.url)
        assert refused.value.stage == "auth"
        connected(server.url, auth_method="bearer", credentials={"token": "t"})
        assert {asked.method for asked in server.asked} == {"POST"}
    assert states() == {"echo": "accepted"}


@pytest.mark.parametrize("open_", ["server/discover tools/list", "server/discover", ""])
def test_c02_whatever_is_open_the_credentials_of_the_chosen_way_go_with_every_request(open_: str) -> None:
    def behaves(asked: Asked) -> Answer:
        is_open = asked.rpc in open_.split()
        return modern(asked) if is_open or asked.headers.get("Authorization") == "Bearer t" else Answer(status=401)

    with theirs(behaves) as server:
        server_id = connected(server.url, auth_method="bearer", credentials={"token": "t"}).id
        assert answered(a_person(), "shop__echo")
        assert all(asked.headers.get("Authorization") for asked in server.asked)
        asked = len(server.asked)
        connecting.change("shop", {"auth_method": "oauth2"}, principal=member())
        assert standing.now_of(row(server_id)).word == "needs_sign_in", "an open list is no sign-in"
        assert not [it for it in server.asked[asked:] if it.headers.get("Authorization")]


ODD: dict[str, Any] = {
    "root_any_of": {"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["a"]}]},
    "root_array": {"type": "array"},
    "no_schema": None,
    "bad_type": {"type": "object", "properties": {"a": {"type": "text"}}},
    "elsewhere": {"type": "object", "properties": {"a": {"$ref": "https://a.example/schema.json"}}},
}


def test_c11_a_schema_that_cannot_be_used_costs_its_tool_and_no_other() -> None:
    listed = [ECHO | {"name": name, "inputSchema": schema} for name, schema in ODD.items()] + [ECHO]
    with theirs(lambda asked: modern(asked, listed)) as server:
        connected(server.url)
    unusable = {name for name, line in tools().items() if line.standing == "unusable" and line.row.unusable}
    assert unusable == {"root_array", "no_schema", "bad_type"}
    seen = offered()
    assert set(seen) == {"shop__root_any_of", "shop__elsewhere", "shop__echo"}
    assert "anyOf" not in seen["shop__root_any_of"].input_schema
    assert "$ref" not in json.dumps(seen["shop__elsewhere"].input_schema)


@pytest.mark.parametrize("levels", [40, 80, 400, 1000])
def test_a_schema_of_many_levels_costs_its_tool_and_no_other(levels: int) -> None:
    deep = b'{"type":"object","properties":{"a":' * levels + b"{}" + b"}}" * levels
    tools = b'[{"name":"deep","inputSchema":' + deep + b"}," + json.dumps(ECHO).encode() + b"]"

    def behaves(asked: Asked) -> Answer:
        if asked.rpc != "tools/list":
            return modern(asked)
        return Answer(modern(asked).content().replace(json.dumps([ECHO]).encode(), tools))

    with theirs(behaves) as server:
        if levels > 100:
            with pytest.raises(UpstreamFailed):  # past what is read of any answer (SERVER_ANSWER_DEPTH)
                connected(server.url)
        else:
            connected(server.url)
            assert states() == {"deep": "unusable", "echo": "accepted"}


def test_c12_names_that_would_be_cut_alike_stay_apart_and_are_called_by_their_own() -> None:
    long = [f"{'list_everything_about_' * 4}{tail}" for tail in ("orders", "refunds")]
    with theirs(
        lambda asked: modern(asked, [ECHO | {"name": name} for name in [*long, "orders.find", "orders/find"]])
    ) as server:
        connected(server.url)
        aliases = {name: line.row.alias for name, line in tools().items()}
        assert len(set(aliases.values())) == 4 and all(len(alias) <= 64 for alias in aliases.values())
        for alias in aliases.values():
            assert answered(a_person(), alias)
        called = [asked.body["params"]["name"] for asked in server.asked if asked.rpc == "tools/call"]
        assert called == list(aliases)
        listing.refresh("shop", principal=member())
        assert {name: line.row.alias for name, line in tools().items()} == aliases


def test_c13_what_is_listed_and_what_is_called_are_two_and_both_are_shown() -> None:
    listed = [find_orders()]
    with theirs(lambda asked: modern(asked, listed)) as server:
        connected(server.url)
        listed[:] = [find_orders(description="Everything.")]
        listing.refresh("shop", principal=member())
    line = tools()["find_orders"]
    assert line.accepted and line.accepted["description"] == "Orders of a customer, the newest first."
    assert line.listed and line.listed["description"] == "Everything." and line.definition == line.accepted


def test_c14_a_tool_that_comes_back_under_another_name_is_held_as_what_it_was() -> None:
    listed = [find_orders()]
    with theirs(lambda asked: modern(asked, listed)) as server:
        connected(server.url)
        listed[:] = [find_orders(name="get_orders", annotations={"readOnlyHint": True, "openWorldHint": True})]
        listing.refresh("shop", principal=member())
    line = tools()["get_orders"]
    assert (line.standing, line.why, line.row.renamed_from) == ("held", "renamed", "find_orders")
    assert set(offered()) == {"shop__find_orders"}


def no_era(refuses: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    def behaves(asked: Asked) -> Answer:
        if asked.rpc == "server/discover":
            return refuses(asked)
        if asked.rpc == "initialize":
            return result(asked, {"protocolVersion": LEGACY, "capabilities": {}, "serverInfo": {}})
        return Answer(status=202) if asked.rpc.startswith("notifications/") else modern(asked)

    return behaves


@pytest.mark.parametrize(
    "refuses",
    [
        lambda asked: error(asked, -32601),
        lambda asked: error(asked, -32602, status=400),
        lambda asked: Answer(b"Bad Request: Server not initialized", 400, "text/plain"),
        lambda asked: Answer(b"", 404),
        lambda asked: Answer(b"<html>", 406, "text/html"),
        lambda asked: result(asked, {"supportedVersions": ["2099-01-01"]}),
    ],
)
def test_c16_however_a_server_declines_discovery_it_is_greeted_in_the_old_way_and_remembered_so(refuses: Any) -> None:
    with theirs(no_era(refuses)) as server:
        assert connected(server.url).protocol_version == LEGACY
        asked = server.said().count("server/discover")
        assert answered(a_person(), "shop__echo")
        assert server.said().count("server/discover") == asked, "what it speaks is kept"


def test_c17_answers_as_events_and_as_json_and_a_question_back() -> None:
    asks_back = {"resultType": "input_required", "requestState": "s"}
    answers = {"again": [asks_back], "person": [asks_back | {"inputRequests": {"a": {"method": "elicitation/create"}}}]}

    def behaves(asked: Asked) -> Answer:
        if asked.rpc == "tools/list":
            said = modern(asked, [ECHO | {"name": name} for name in ("again", "person", "events")])
            return events({"jsonrpc": "2.0", "method": "notifications/message"}, said.body)
        if asked.rpc == "tools/call" and (left := answers.get(asked.body["params"]["name"])):
            return result(asked, left.pop() if asked.body["params"]["name"] == "again" else left[0])
        said = modern(asked)
        return events(said.body) if asked.rpc == "tools/call" else said

    with theirs(behaves) as server:
        connected(server.url)
        assert states() == dict.fromkeys(("again", "events", "person"), "accepted")
        assert answered(a_person(), "shop__events").answer.text == "hello"
        assert answered(a_person(), "shop__again").answer.text == "hello"
        said = answered(a_person(), "shop__person").answer
        assert said.is_error and "asks its caller back" in said.text


@pytest.mark.parametrize("status", [429, 503])
def test_c18_a_server_that_wants_a_rest_gets_it_and_says_so(status: int) -> None:
    busy: list[bool] = []
    tired = Answer(b"Too many requests, contact sales", status, "text/plain", {"Retry-After": "20"})
    with theirs(lambda asked: tired if busy else modern(asked)) as server:
        server_id = connected(server.url).id
        busy.append(True)
        said = answered(a_person(), "shop__echo").answer
        assert said.is_error and "Try again in 20 s" in said.text and "sales" not in said.text
        asked = len(server.asked)
        assert "left alone" in answered(a_person(), "shop__echo").answer.text and len(server.asked) == asked
        assert standing.now_of(row(server_id)).word == "degraded"
        with pytest.raises(UpstreamFailed, match="Try again in 20 s"):
            listing.refresh("shop", principal=member())
    assert states() == {"echo": "accepted"}


def test_a_decision_about_nothing_is_a_mistake() -> None:
    with theirs(modern) as server:
        connected(server.url)
    with pytest.raises(Mistake):
        reviewing.accept("shop", [], principal=member())
    assert call(a_person(), "shop__none").reason.name == "tool_unknown"  # type: ignore[union-attr]
    assert cast.workspace()
