"""Calls of a connected server's tools, through the whole line: what is asked, what is repeated, what is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from halo.ground import limits
from halo.ground.database import db, one_change
from halo.perform import UNKNOWN
from halo.servers import breaker, calling
from tests.ground.outbound.servers import raw
from tests.servers import connected
from tests.servers.connected import FIND, SHIP, a_person, a_server, an_agent, answered, found, last_row
from tests.servers.upstream import MODERN, Answer, Asked, error, legacy, modern, result, theirs

NAMES = ("shop__find_orders", "shop__ship")


def closing(connection: Any, _: threading.Event) -> None:
    """Takes a request and hangs up."""
    connection.recv(65_536)


def refusing(status: int = 200, code: int | None = None, **headers: str) -> Callable[[Asked], Answer]:
    """A server that answers everything so, but its handshake."""

    def behaves(asked: Asked) -> Answer:
        if asked.rpc != "tools/call":
            return modern(asked)
        said = Answer(b"no", status, "text/plain") if code is None else error(asked, code, status=status)
        said.headers = headers
        return said

    return behaves


def test_an_answer_comes_with_whose_words_it_holds_and_a_row_that_names_server_and_definition(app: Flask) -> None:
    says = {"content": [{"type": "text", "text": "two\u202e orders"}], "structuredContent": {"orders": 2}}
    with app.app_context(), theirs(lambda asked: modern(asked, called=says)) as upstream:
        server = a_server(upstream.url, FIND)
        done = answered(an_agent(NAMES[0]), NAMES[0], {"email": "a@b.test"})
        assert (done.answer.text, done.answer.data, done.answer.whose) == ("two orders", {"orders": 2}, "stranger")
        row = last_row()
        assert (row.outcome, row.server_id, row.integration, row.action) == ("ok", server.id, "shop", "find_orders")
        assert row.definition
        assert row.upstream_us is not None
        connected.change(server, is_ours=True)
        assert answered(a_person(), NAMES[0], {"email": "a@b.test"}).answer.whose == "customer"


def test_a_server_that_is_connected_anew_under_its_slug_is_another(app: Flask) -> None:
    with app.app_context(), theirs(modern) as before, theirs(modern) as after:
        old = a_server(before.url, FIND)
        answered(a_person(), NAMES[0], {"email": "a@b.test"})
        with one_change() as rows:
            rows.delete(rows.get_one(connected.Server, old.id))
        a_server(after.url, FIND)
        answered(a_person(), NAMES[0], {"email": "a@b.test"})
    assert [each.said().count("tools/call") for each in (before, after)] == [1, 1]


def test_nothing_of_the_database_is_held_while_the_server_is_waited_for(app: Flask) -> None:
    held = []

    def behaves(asked: Asked) -> Answer:
        if asked.rpc == "tools/call":
            held.append(db_pool.checkedout())  # type: ignore[attr-defined]
        return modern(asked)

    with app.app_context(), theirs(behaves) as upstream:
        db_pool = db.engine.pool
        a_server(upstream.url, FIND, auth_method="none")
        answered(an_agent(NAMES[0]), NAMES[0], {"email": "a@b.test"})
    assert held == [0]


REFUSALS = {
    "401": (refusing(401), "auth", "HTTP 401"),
    "403": (refusing(403), "scope", "HTTP 403"),
    "404": (refusing(404, -32001), "protocol", "error -32001"),
    "429": (refusing(429, **{"Retry-After": "7"}), "http", "HTTP 429"),
    "an unknown tool": (refusing(200, -32602), "protocol", "error -32602: a stranger's words"),
    "other headers": (refusing(400, -32020), "schema", ""),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS)
def test_what_the_server_declined_left_nothing_and_the_log_knows_why(app: Flask, case: Any) -> None:
    behaves, stage, behind = case
    with app.app_context(), theirs(behaves) as upstream:
        a_server(upstream.url, SHIP, protocol_version=MODERN)
        done = answered(a_person(), NAMES[1], {"order": "1"})
        row = last_row()
    assert done.answer.is_error
    assert "stranger" not in done.answer.text
    assert (row.outcome, row.reason) == ("tool_error", "UpstreamFailed")
    assert row.detail is not None
    assert row.detail.startswith(stage)
    assert behind in row.detail
    assert upstream.said().count("tools/call") == 1


OPEN = {
    "500": refusing(500),
    "503": refusing(503, **{"Retry-After": "1"}),
    "an error of its own": refusing(200, -32603),
    "an internal error as 400": refusing(400, -32603),
    "no answer": lambda asked: modern(asked) if asked.rpc != "tools/call" else Answer(b"{}", 200),
    "a state, then nothing": lambda asked: (
        modern(asked)
        if asked.rpc != "tools/call"
        else refusing(404, -32601)(asked)
        if "requestState" in asked.body["params"]
        else result(asked, {"resultType": "input_required", "requestState": "s"})
    ),
}


@pytest.mark.parametrize("behaves", OPEN.values(), ids=OPEN)
def test_a_write_of_which_nobody_knows_is_said_to_be_unknown_and_not_made_again(app: Flask, behaves: Any) -> None:
    with app.app_context(), theirs(behaves) as upstream:
        a_server(upstream.url, SHIP, protocol_version=MODERN)
        done = answered(a_person(), NAMES[1], {"order": "1"})
        assert (last_row().outcome, UNKNOWN in done.answer.text) == ("unknown", True)
    states = [asked.body["params"].get("requestState") for asked in upstream.asked if asked.rpc == "tools/call"]
    assert len(states) == len(set(states))


def test_a_connection_that_breaks_off_is_tried_once_more_for_what_may_be_made_twice(app: Flask) -> None:
    idempotent = SHIP | {"annotations": {"destructiveHint": False, "idempotentHint": True}}
    for definition, tries, outcome in ((FIND, 2, "tool_error"), (idempotent, 2, "tool_error"), (SHIP, 1, "unknown")):
        came: list[int] = []

        def counting(connection: Any, over: threading.Event, came: list[int] = came) -> None:
            came.append(1)
            closing(connection, over)

        with app.app_context(), raw(counting) as port:
            slug = f"s{len(definition['annotations'])}{tries}{definition['name'][:1]}"
            a_server(f"http://127.0.0.1:{port}/mcp", definition, slug=slug, protocol_version=MODERN)
            answered(a_person(), f"{slug}__{definition['name']}", {"email": "a@b.test", "order": "1"})
            assert (len(came), last_row().outcome) == (tries, outcome)


def test_what_was_never_sent_is_not_unknown(app: Flask) -> None:
    """Nobody listens; a handshake that fails; an address that is refused."""
    with theirs(modern) as gone:
        nobody = gone.url
    with app.app_context():
        closed = a_server(nobody, SHIP, protocol_version=MODERN)
        inward = a_server("http://169.254.169.254/mcp", SHIP, slug="inward", protocol_version=MODERN)
        with theirs(lambda asked: Answer(status=500)) as upstream:
            a_server(upstream.url, SHIP, slug="sick")
            for server in ("shop", "sick", "inward"):
                done = answered(a_person(), f"{server}__ship", {"order": "1"})
                assert (last_row().outcome, UNKNOWN in done.answer.text) == ("tool_error", False), server
        assert "tools/call" not in upstream.said()
        assert (found(closed).problem_stage, found(inward).problem_stage) == ("http", "address")


def test_a_server_that_fails_is_left_alone_and_one_that_refuses_is_not(app: Flask) -> None:
    with app.app_context(), theirs(refusing(500)) as sick, theirs(refusing(200, -32602)) as well:
        a_server(sick.url, FIND, slug="sick", protocol_version=MODERN)
        a_server(well.url, FIND, slug="well", protocol_version=MODERN)
        caller = a_person()
        for _ in range(limits.SERVER_FAILURES + 2):
            for slug in ("sick", "well"):
                said = answered(caller, f"{slug}__find_orders", {"email": "a@b.test"}).answer.text
        assert sick.said().count("tools/call") == limits.SERVER_FAILURES
        assert well.said().count("tools/call") == limits.SERVER_FAILURES + 2
        assert "left alone" in answered(caller, "sick__find_orders", {"email": "a@b.test"}).answer.text
        assert "left alone" not in said
        row = last_row()
        assert row.outcome == "tool_error"


def test_a_rest_that_a_server_asks_for_is_kept_and_a_write_in_it_left_nothing(app: Flask) -> None:
    with app.app_context(), theirs(refusing(429, **{"Retry-After": "120"})) as upstream:
        server = a_server(upstream.url, SHIP, protocol_version=MODERN)
        caller = a_person()
        for _ in range(3):
            done = answered(caller, NAMES[1], {"order": "1"})
            assert last_row().outcome == "tool_error"
        assert "Try again in 1" in done.answer.text
        assert upstream.said().count("tools/call") == 1
        assert breaker.of_server(server.id, server.url).rests_for() > 100


def test_an_answer_that_was_not_promised_is_not_handed_on_and_the_list_is_asked_for(app: Flask) -> None:
    promised = FIND | {"outputSchema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}}
    says = {"content": [{"type": "text", "text": "a stranger"}], "structuredContent": {"n": "secret of nobody"}}
    with app.app_context(), theirs(lambda asked: modern(asked, called=says)) as upstream:
        server = a_server(upstream.url, promised)
        assert found(server).due_at is None
        done = answered(a_person(), NAMES[0], {"email": "a@b.test"})
        assert "stranger" not in done.answer.text
        row = last_row()
        assert row.detail is not None
        assert row.detail.startswith("schema: structuredContent.n")
        stands = found(server)
        assert (stands.problem_stage, stands.due_at is not None) == ("schema", True)
        says["structuredContent"] = {"n": 1}  # type: ignore[assignment]
        assert answered(a_person(), NAMES[0], {"email": "a@b.test"}).answer.data == {"n": 1}
        assert found(server).problem_at is None


def test_a_session_is_of_one_server_of_one_workspace_though_others_share_its_address(app: Flask) -> None:
    begun = iter(range(100))

    def behaves(asked: Asked) -> Answer:
        said = legacy()(asked)
        if asked.rpc == "initialize":
            said.headers = {"Mcp-Session-Id": f"session-{next(begun)}"}
        return said

    with app.app_context(), theirs(behaves) as upstream:
        a_server(upstream.url, FIND, protocol_version="2025-11-25")
        a_server(upstream.url, FIND, workspace="umbra", protocol_version="2025-11-25")
        for slug in ("acme", "umbra", "acme"):
            answered(a_person(slug), NAMES[0], {"email": "a@b.test"})
    used = [asked.headers["Mcp-Session-Id"] for asked in upstream.asked if asked.rpc == "tools/call"]
    assert used == ["session-0", "session-1", "session-0"]


def test_what_is_repeated_in_headers_is_of_the_accepted_definition(app: Flask) -> None:
    marked = {"type": "object", "properties": {"order": {"type": "string", "x-mcp-header": "Order"}}}
    with app.app_context(), theirs(modern) as upstream:
        a_server(upstream.url, SHIP | {"inputSchema": marked}, FIND, protocol_version=MODERN)
        answered(a_person(), NAMES[1], {"order": "A-1"})
    assert upstream.asked[-1].headers["Mcp-Param-Order"] == "A-1"


def test_a_tool_keeps_only_what_its_calls_need(app: Flask) -> None:
    with app.app_context():
        server = a_server("http://127.0.0.1:9/mcp", SHIP)
        called = calling.Called.of(connected.ServerTool(name="ship"), SHIP, server)
    assert (called.marks, called.answers, called.promised, called.is_repeatable) == (None, None, None, False)
