"""Servers that mean harm, or are broken in ways that harm: each conversation ends in a sentence of ours, in its time
and in little memory, and nothing is asked inward."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from halo.ground.errors import UpstreamFailed
from halo.ground.outbound.guard import Policy
from halo.servers import sanitising
from halo.servers.client import Address, Listed, Upstream
from tests.ground.outbound.servers import Names, names, raw  # noqa: F401 - a fixture
from tests.servers.upstream import LOOPBACK, TOOL, Answer, Asked, events, modern, result, theirs

SECONDS = 1.0
PATIENCE = 30
"""For a machine that is busy; what would never end is still found out."""
MEGABYTES = 20
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


def drip(head: bytes, piece: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """A server that sends a piece now and then, for ever."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(head)
        while not over.wait(0.05):
            connection.sendall(piece)

    return talk


def flood(head: bytes, piece: bytes, count: int) -> Callable[[socket.socket, threading.Event], None]:
    """A server that sends as much as it can."""

    def talk(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(head)
        for _ in range(count):
            if over.is_set():
                return
            connection.sendall(piece)

    return talk


def once(answer: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """A server that says this and hangs up."""

    def talk(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(answer)

    return talk


BOMB = gzip.compress(b"0" * 50_000_000)
TALKS = {
    "says nothing": lambda connection, over: over.wait(PATIENCE),
    "hangs up": lambda connection, over: None,
    "drips a head": drip(b"HTTP/1.1 200 OK\r\n", b"X"),
    "drips headers": drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "drips a body": drip(JSON + b"Content-Length: 100000\r\n\r\n", b" "),
    "drips chunks": drip(JSON + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "drips comments": drip(SSE + b"\r\n", b": still here\n\n"),
    "drips events of others": drip(SSE + b"\r\n", b'data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n'),
    "floods a body": flood(JSON + b"\r\n", b"[" * 1_000_000, 1000),
    "floods a line of events": flood(SSE + b"\r\n", b"x" * 1_000_000, 1000),
    "floods one event": flood(SSE + b"\r\n", b"data: " + b"x" * 1_000_000 + b"\n", 1000),
    "floods headers": flood(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"b" * 60_000 + b"\r\n", 1000),
    "lies about its length": once(JSON + b"Content-Length: 5000000000\r\n\r\n{}"),
    "answers less than it said": once(JSON + b"Content-Length: 50\r\n\r\n{}"),
    "packs a bomb": once(JSON + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB),
    "packs otherwise": once(JSON + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}"),
    "packs rubbish": once(JSON + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot a zip"),
    "speaks no HTTP": once(b"SSH-2.0-OpenSSH_9.9\r\n"),
    "speaks HTTP/2": once(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "splits its answer": once(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: zwei\r\n\r\n{}"),
}

DEEP = b'{"jsonrpc":"2.0","id":1,"result":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001
BODIES: dict[str, Callable[[Asked], Answer]] = {
    "nested 5,000 deep": lambda _: Answer(DEEP),
    "not JSON": lambda _: Answer(b"{'jsonrpc': '2.0'}"),
    "not UTF-8": lambda _: Answer(b'{"jsonrpc":"2.0","id":1,"result":{"a":"\xff\xfe"}}'),
    "not a number": lambda _: Answer(b'{"jsonrpc":"2.0","id":1,"result":{"a":NaN}}'),
    "a list": lambda _: Answer([]),
    "a page": lambda _: Answer(b"<html><script>alert(1)</script></html>", kind="text/html"),
    "the id of another": lambda _: Answer({"jsonrpc": "2.0", "id": "stolen", "result": {}}),
    "an id that is true": lambda _: Answer({"jsonrpc": "2.0", "id": True, "result": {"tools": []}}),
    "result and error": lambda asked: Answer(
        {"jsonrpc": "2.0", "id": asked.body["id"], "result": [], "error": {"code": 1, "message": "<b>"}}
    ),
    "an error that is text": lambda asked: Answer({"jsonrpc": "2.0", "id": asked.body["id"], "error": "no"}),
    "an error with a code of 1 MB": lambda asked: Answer(
        {"jsonrpc": "2.0", "id": asked.body["id"], "error": {"code": "x" * 1_000_000}}
    ),
    "forged frames": lambda _: events({"jsonrpc": "2.0", "id": 999_999_999, "result": {"tools": [TOOL]}}),
    "an event with a forged end": lambda _: Answer(
        b'data: {"jsonrpc":"2.0","id":1,\ndata: "result"\n\n', kind="text/event-stream"
    ),
    "sends inward": lambda _: Answer(status=307, headers={"Location": "http://169.254.169.254/latest/meta-data"}),
    "sends to a file": lambda _: Answer(status=308, headers={"Location": "file:///etc/passwd"}),
    "sends in a circle": lambda asked: Answer(status=307, headers={"Location": asked.path}),
    "echoes the token": lambda asked: Answer(asked.headers.get("Authorization", "").encode(), 418, "text/plain"),
    "a session of signs": lambda asked: Answer(
        {"jsonrpc": "2.0", "id": asked.body["id"], "result": {"protocolVersion": "2025-11-25"}},
        headers={"Mcp-Session-Id": "a\x00b"},
    ),
    "a revision that is a list": lambda asked: result(asked, {"protocolVersion": ["2025-11-25"]}),
    "a cursor that is an object": lambda asked: result(asked, {"tools": 1, "nextCursor": {}}),
}


def listed(url: str, policy: Policy = LOOPBACK) -> Listed:
    upstream = Upstream(Address(url, policy))
    with upstream.conversation("Bearer secret-of-ours", seconds=SECONDS) as talk:
        talk.welcome()
        return talk.tools()


def failure(url: str) -> UpstreamFailed:
    """How it ends: with a sentence of ours, in time, in little memory."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        with pytest.raises(UpstreamFailed) as problem:
            listed(url)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.monotonic() - began < PATIENCE
    assert peak < MEGABYTES * 1_000_000
    for word in ("secret-of-ours", "<", "script", "stolen", "etc"):
        assert word not in problem.value.message
    return problem.value


@pytest.mark.parametrize("talk", TALKS.values(), ids=TALKS)
def test_a_server_that_does_not_play_by_http_costs_its_time_and_no_more(talk: Any) -> None:
    with raw(talk) as port:
        failure(f"http://127.0.0.1:{port}/mcp")


@pytest.mark.parametrize("answers", BODIES.values(), ids=BODIES)
def test_a_server_that_does_not_play_by_json_rpc_is_told_in_our_words(answers: Callable[[Asked], Answer]) -> None:
    with theirs(answers) as server:
        failure(server.url)
        assert {asked.path for asked in server.asked} == {"/mcp"}


@pytest.mark.parametrize("host", ["internal.example", "rebinding.example"])
def test_a_name_that_leads_inward_now_or_later_opens_no_socket(names: Names, host: str) -> None:  # noqa: F811
    public = Policy(frozenset({"http"}), low_ports=True, private=False)
    names.known["internal.example"] = [["10.0.0.7"]]
    names.known["rebinding.example"] = [["93.184.216.34", "127.0.0.1"]]
    with theirs(modern) as server:
        with pytest.raises(UpstreamFailed) as problem:
            listed(f"http://{host}:{server.server.server_address[1]}/mcp", public)
        assert problem.value.stage == "address"
        assert not server.asked


DEFINITIONS: dict[str, dict[str, Any]] = {
    "a name of 200 letters": {"name": "x" * 200},
    "a name of colours": {"name": "\x1b[31mred"},
    "a name turned round": {"name": "safe\u202egnp"},
    "a name that is markup": {"name": "<img src=x>"},
    "no name": {"name": None},
    "a schema that is a list": {"inputSchema": []},
    "a schema that is true": {"inputSchema": True},
    "a schema of text": {"inputSchema": {"type": "string"}},
    "references that multiply": {
        "inputSchema": {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/l0"}},
            "$defs": {f"l{n}": {"anyOf": [{"$ref": f"#/$defs/l{n + 1}"}] * 9, "maxLength": n} for n in range(12)}
            | {"l12": {"type": "string"}},
        }
    },
    "a keyword of the wrong kind": {"inputSchema": {"type": "object", "properties": {"a": {"minimum": "one"}}}},
    "a parameter that looks like another": {
        "inputSchema": {
            "type": "object",
            "properties": {"email": {"type": "string"}, "email\u200b": {"type": "string"}},
        }
    },
    "a parameter turned round": {"inputSchema": {"type": "object", "properties": {"a\u202eb": {}}}},
    "a parameter of colours": {"inputSchema": {"type": "object", "properties": {"\x1b[31mred": {}}}},
    "half of a surrogate pair": {"description": "\ud83d"},
}


@pytest.mark.parametrize("wrong", DEFINITIONS.values(), ids=DEFINITIONS)
def test_a_tool_that_cannot_be_used_leaves_the_others_be(wrong: dict[str, Any]) -> None:
    assert sanitising.reason_against({**TOOL, **wrong})
    assert sanitising.reason_against(TOOL) is None
    spelled = {"größe": {}, "émail": {}, "名前": {}, "with space": {}, "$in": {}}
    assert sanitising.reason_against({**TOOL, "inputSchema": {"type": "object", "properties": spelled}}) is None


def test_tools_of_one_name_are_told() -> None:
    twice = [TOOL, TOOL | {"description": "Another."}]
    with theirs(lambda asked: modern(asked, twice)) as server:
        found = listed(server.url)
    assert [tool["name"] for tool in found.tools] == ["echo", "echo"]
    assert json.dumps(found.tools[0]) != json.dumps(found.tools[1])


def test_other_conversations_go_on_while_one_is_kept_waiting() -> None:
    with raw(TALKS["says nothing"]) as slow, theirs(modern) as well:
        waiting = [threading.Thread(target=lambda: failure_of(f"http://127.0.0.1:{slow}/mcp")) for _ in range(4)]
        for one in waiting:
            one.start()
        for _ in range(5):
            assert listed(well.url).tools
        for one in waiting:
            one.join()


def failure_of(url: str) -> None:
    with pytest.raises(UpstreamFailed):
        listed(url)
