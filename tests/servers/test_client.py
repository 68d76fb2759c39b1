"""Speaking MCP to servers that are well, in both eras, and to those that have their ways."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from halo.ground import limits
from halo.ground.errors import UpstreamFailed
from halo.servers.client import Upstream
from halo.servers.failures import NeedsSignIn, RefusedCall, Resting, Stale
from tests.servers.upstream import (
    LEGACY,
    MODERN,
    TOOL,
    Answer,
    Asked,
    Behaviour,
    error,
    events,
    legacy,
    modern,
    result,
    theirs,
)

HANDSHAKE = ["initialize", "notifications/initialized"]


def call(upstream: Upstream, arguments: dict[str, Any] | None = None, schema: Any = None, seconds: float = 5) -> Any:
    with upstream.conversation(None, seconds=seconds) as talk:
        return talk.call("echo", arguments or {}, schema)


def listed(upstream: Upstream) -> Any:
    with upstream.conversation(None, seconds=5) as talk:
        return talk.tools()


def failing(behaves: Behaviour, version: str = MODERN) -> UpstreamFailed:
    with theirs(behaves) as server, pytest.raises(UpstreamFailed) as problem:
        call(server.upstream(version))
    assert "stranger" not in problem.value.message
    return problem.value


def test_a_modern_server_is_found_once_and_every_request_says_everything() -> None:
    with theirs(modern) as server:
        upstream = server.upstream()
        call(upstream)
        call(upstream)
        assert server.said() == ["server/discover", "tools/call", "tools/call"]
        last = server.asked[-1]
        assert last.headers["MCP-Protocol-Version"] == MODERN
        assert (last.headers["Mcp-Method"], last.headers["Mcp-Name"]) == ("tools/call", "echo")
        assert last.body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] == MODERN
        assert upstream.version == MODERN


@pytest.mark.parametrize(
    "refuses",
    [
        lambda asked: error(asked, -32601),
        lambda asked: error(asked, -32601, status=404),
        lambda asked: error(asked, -32000, status=400),
        lambda _: Answer(b"Bad Request: Unsupported protocol version", 400, "text/plain"),
        lambda _: Answer(b"<html>hello</html>", 200, "text/html"),
        lambda _: Answer(b"", 405),
        lambda asked: error(asked, -32022, {"supported": [LEGACY], "requested": MODERN}, 400),
        lambda asked: result(asked, {"supportedVersions": [LEGACY]}),
    ],
    ids=["unknown method", "with 404", "some error", "text", "a page", "405", "only legacy", "discovers legacy"],
)
def test_whatever_does_not_understand_is_greeted_in_the_legacy_way(refuses: Behaviour) -> None:
    behaves = legacy()
    with theirs(lambda asked: refuses(asked) if asked.rpc == "server/discover" else behaves(asked)) as server:
        upstream = server.upstream()
        assert call(upstream)["content"][0]["text"] == "hello"
        assert server.said() == ["server/discover", *HANDSHAKE, "tools/call"]
        assert upstream.version == LEGACY


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_server_that_fails_says_nothing_of_its_era(status: int) -> None:
    with theirs(lambda _: Answer(b"oops", status, "text/plain")) as server:
        upstream = server.upstream()
        with pytest.raises(UpstreamFailed):
            call(upstream)
        assert server.said() == ["server/discover"]
        assert not upstream.version


def test_a_server_of_revisions_to_come_is_told_as_that() -> None:
    def behaves(asked: Asked) -> Answer:
        return error(asked, -32022, {"supported": ["2031-01-01"], "requested": MODERN}, 400)

    assert "revisions" in failing(behaves, version="").message


def test_a_verdict_that_fails_is_asked_anew() -> None:
    with theirs(legacy()) as server:
        upstream = server.upstream(MODERN)
        server.behaves = lambda asked: (
            Answer(b"no", 400, "text/plain") if "Mcp-Method" in asked.headers else legacy()(asked)
        )
        assert call(upstream)["content"][0]["text"] == "hello"
        assert upstream.version == LEGACY


@pytest.mark.parametrize("status", [400, 404])
def test_a_lost_session_begins_anew_once_for_all_who_wait(status: int) -> None:
    open_now = ["s-1"]
    behaves = legacy(lambda: open_now[0])

    def restarted(asked: Asked) -> Answer:
        said = behaves(asked)
        return Answer(said.body, status, "text/plain") if said.status == 400 else said

    with theirs(restarted) as server:
        upstream = server.upstream(LEGACY)
        call(upstream)
        open_now[0] = "s-2"
        at_once = threading.Barrier(5)
        answers: list[Any] = []

        def one() -> None:
            at_once.wait()
            answers.append(call(upstream))

        threads = [threading.Thread(target=one) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 5
        assert server.said().count("initialize") == 2


def test_a_session_that_is_refused_again_is_a_failure_and_no_loop() -> None:
    behaves = legacy(lambda: "s-1")

    def always(asked: Asked) -> Answer:
        return Answer(b"no", 404, "text/plain") if asked.rpc == "tools/call" else behaves(asked)

    with theirs(always) as server:
        with pytest.raises(UpstreamFailed, match="404"):
            call(server.upstream(LEGACY))
        assert server.said().count("tools/call") == 2


def test_answers_as_events_are_read_and_what_else_stands_there_is_not() -> None:
    def behaves(asked: Asked) -> Answer:
        noise = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {}}
        other = {"jsonrpc": "2.0", "id": "of another", "result": {}}
        answer = {"jsonrpc": "2.0", "id": asked.body["id"], "result": {"content": [], "isError": True}}
        return events(noise, other, answer, before=": ping\r\n\r\nevent: message\r\ndata:\r\n\r\n")

    with theirs(behaves) as server:
        assert call(server.upstream(MODERN)) == {"content": [], "isError": True}


def test_what_a_server_asks_back_is_answered_while_it_waits() -> None:
    behaves = legacy()

    def asks(asked: Asked) -> Answer:
        if asked.rpc != "tools/call":
            return behaves(asked) if asked.rpc else Answer(status=202)
        answer = {"jsonrpc": "2.0", "id": asked.body["id"], "result": {"content": []}}
        ping, sample = ({"jsonrpc": "2.0", "id": name, "method": name} for name in ("ping", "sampling/createMessage"))
        return events(ping, sample, answer)

    with theirs(asks) as server:
        call(server.upstream(LEGACY))
        ours = {asked.body["id"]: asked.body for asked in server.asked if "method" not in asked.body}
        assert ours["ping"]["result"] == {}
        assert ours["sampling/createMessage"]["error"]["code"] == -32601


def test_a_broken_stream_is_taken_up_where_it_broke_in_the_eras_that_can() -> None:
    behaves = legacy()
    numbers: list[Any] = []

    def breaks(asked: Asked) -> Answer:
        if asked.rpc == "tools/call":
            numbers.append(asked.body["id"])
            return Answer(b"id: 7\nretry: 1\ndata:\n\n", kind="text/event-stream")
        if asked.method == "GET":
            assert asked.headers["Last-Event-ID"] == "7"
            return events({"jsonrpc": "2.0", "id": numbers[0], "result": {"content": []}})
        return behaves(asked)

    with theirs(breaks) as server:
        assert call(server.upstream(LEGACY)) == {"content": []}
    assert failing(lambda _: Answer(b"id: 7\ndata:\n\n", kind="text/event-stream")).stage == "protocol"


def test_only_the_same_origin_may_send_a_request_on() -> None:
    def moved(asked: Asked) -> Answer:
        if asked.path == "/mcp":
            return Answer(status=308, headers={"Location": "/v2/mcp"})
        return modern(asked)

    with theirs(moved) as server:
        assert call(server.upstream())["content"]
        assert server.asked[-1].body["params"]["name"] == "echo"
    for where in ("http://127.0.0.1:9/mcp", "https://localhost/mcp", "//elsewhere/mcp", "http://[", ""):
        assert failing(lambda _, to=where: Answer(status=307, headers={"Location": to})).stage == "http"
    assert failing(lambda _: Answer(status=307, headers={"Location": "/mcp"})).message.endswith("on and on.")
    assert "302" not in failing(lambda _: Answer(status=302, headers={"Location": "/mcp"})).message


@pytest.mark.parametrize(("status", "challenge"), [(401, 'Bearer scope="a"'), (403, 'Bearer error="x"')])
def test_a_sign_in_that_is_wanted_is_told_with_its_challenge(status: int, challenge: str) -> None:
    problem = failing(lambda _: Answer(status=status, headers={"WWW-Authenticate": challenge}))
    assert isinstance(problem, NeedsSignIn)
    assert (problem.status, problem.challenge) == (status, challenge)


def test_a_sign_in_is_wanted_wherever_it_is_said() -> None:
    """A list that is open while calls are not, a discovery that is open while the list is not."""

    def closed(method: str) -> Behaviour:
        return lambda asked: Answer(status=401) if asked.rpc == method else modern(asked)

    for method in ("server/discover", "tools/call"):
        assert isinstance(failing(closed(method), version=""), NeedsSignIn)


@pytest.mark.parametrize("said", ["7", "Wed, 21 Oct 2015 07:28:00 GMT", "999999999999", "soon", ""])
def test_a_server_that_wants_to_be_left_alone_is_believed_within_bounds(said: str) -> None:
    problem = failing(lambda _: Answer(b"", 429, headers={"Retry-After": said}))
    assert isinstance(problem, Resting)
    assert 0 <= problem.seconds <= limits.SERVER_REST_AT_MOST
    assert problem.seconds == 7 or said != "7"


def test_errors_of_the_protocol_are_told_in_our_words() -> None:
    assert isinstance(failing(lambda asked: error(asked, -32602)), RefusedCall)
    assert "-32603" in failing(lambda asked: error(asked, -32603)).message
    assert isinstance(failing(lambda asked: error(asked, -32020, status=400)), Stale)
    assert failing(lambda _: Answer(b"", 202)).stage == "protocol"
    assert failing(lambda _: Answer(b"[1, 2]")).stage == "protocol"
    assert failing(lambda _: Answer({"jsonrpc": "2.0", "id": 0, "result": {}})).stage == "protocol"


def test_a_result_that_wants_the_same_request_with_a_state_gets_it() -> None:
    def rounds(asked: Asked) -> Answer:
        if asked.body["params"].get("requestState") == "second":
            return modern(asked)
        state = "second" if "requestState" in asked.body["params"] else "first"
        return result(asked, {"resultType": "input_required", "requestState": state})

    with theirs(rounds) as server:
        assert call(server.upstream(MODERN))["content"]
        numbers = [asked.body["id"] for asked in server.asked]
        assert len(set(numbers)) == 3


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"resultType": "input_required", "requestState": "s", "inputRequests": {"a": {}}}, "asks its caller back"),
        ({"resultType": "input_required"}, "asks its caller back"),
        ({"resultType": "input_required", "requestState": "s"}, "again and again"),
        ({"resultType": "task", "taskId": "t"}, "as a task"),
        ({"resultType": "surprise"}, "does not know"),
    ],
)
def test_results_that_halo_does_not_follow_end_in_a_sentence(said: dict[str, Any], words: str) -> None:
    assert words in failing(lambda asked: result(asked, said)).message


def test_a_list_is_read_to_its_last_page() -> None:
    def pages(asked: Asked) -> Answer:
        if asked.rpc != "tools/list":
            return modern(asked)
        number = int(asked.body["params"].get("cursor") or 0)
        more = {"nextCursor": str(number + 1)} if number < 3 else {}
        return result(asked, {"tools": [TOOL | {"name": f"t{number}"}], "ttlMs": 5, **more})

    with theirs(pages) as server:
        found = listed(server.upstream(MODERN))
    assert [tool["name"] for tool in found.tools] == ["t0", "t1", "t2", "t3"]
    assert found.ttl_ms == 5


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (lambda _: {"tools": [TOOL], "nextCursor": "same"}, "circle"),
        (lambda number: {"tools": [], "nextCursor": str(number)}, "pages"),
        (lambda number: {"tools": [TOOL] * 90, "nextCursor": str(number)}, "more than 200 tools"),
        (lambda _: {"tools": "none"}, "no list"),
        (lambda _: {"tools": ["echo"]}, "no list"),
    ],
)
def test_a_list_without_an_end_is_ended(page: Any, words: str) -> None:
    numbers = iter(range(10_000))
    with theirs(lambda asked: result(asked, page(next(numbers)))) as server:
        with pytest.raises(UpstreamFailed, match=words):
            listed(server.upstream(MODERN))
        assert len(server.asked) <= limits.SERVER_PAGES


def test_arguments_are_repeated_in_headers_where_the_schema_says_so_and_bad_marks_leave_a_tool_out() -> None:
    marked = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}
    wrong = {"type": "object", "properties": {"sum": {"type": "number", "x-mcp-header": "Sum"}}}
    tools = [TOOL | {"inputSchema": marked}, TOOL | {"name": "bad", "inputSchema": wrong}]
    with theirs(lambda asked: modern(asked, tools)) as server:
        upstream = server.upstream(MODERN)
        found = listed(upstream)
        assert [tool["name"] for tool in found.tools] == ["echo"]
        assert found.dropped[0][0] == "bad"
        call(upstream, {"region": "Köln"}, found.tools[0]["inputSchema"])
        assert server.asked[-1].headers["Mcp-Param-Region"] == "=?base64?S8O2bG4=?="


def test_a_server_says_who_it_is_and_the_session_ends_with_the_connection() -> None:
    with theirs(legacy(lambda: "s-1")) as server:
        upstream = server.upstream()
        with upstream.conversation("Bearer t", seconds=5) as talk:
            assert talk.welcome().version == LEGACY
        upstream.close("Bearer t", seconds=5)
        assert server.asked[-1].method == "DELETE"
        assert server.asked[-1].headers["Mcp-Session-Id"] == "s-1"
        assert {asked.headers["Authorization"] for asked in server.asked} == {"Bearer t"}


@pytest.mark.parametrize("session", ["s\u00e4", "x" * 2000, "a\tb"])
def test_a_session_that_no_header_carries_is_refused(session: str) -> None:
    with theirs(legacy(lambda: session)) as server, pytest.raises(UpstreamFailed, match="session"):
        call(server.upstream(LEGACY))
