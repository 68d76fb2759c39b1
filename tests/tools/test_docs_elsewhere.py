"""The documentation tools answered by a remote MCP server, in both eras."""

import json
import socket
import threading

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

import halo.tools.docs as tools
from halo.ground import settings
from halo.ground.errors import UpstreamFailed
from halo.ground.settings import development_settings
from halo.tools import elsewhere


class Server:
    """An MCP server of somebody else, as far as two tools need one."""

    def __init__(self, era):
        self.era, self.session, self.methods = era, "s-1", []
        self.version = "2025-06-18"
        self.answer = {"content": [{"type": "text", "text": "Press *Connect*."}]}
        self._server = make_server("127.0.0.1", 0, self, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/mcp"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __call__(self, environ, start):
        request = Request(environ)
        body = request.get_json()
        self.methods.append(body["method"])
        return getattr(self, self.era)(request, body)(environ, start)

    def modern(self, request, body):
        assert request.headers["Mcp-Method"] == body["method"]
        assert request.headers["MCP-Protocol-Version"] == "2026-07-28"
        assert body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
        found = {"supportedVersions": ["2026-07-28"]} if body["method"] == "server/discover" else self.answer
        return self._json(body, found | {"resultType": "complete"})

    def legacy(self, request, body):
        if body["method"] == "initialize":
            response = self._json(body, {"protocolVersion": self.version, "capabilities": {}, "serverInfo": {}})
            response.headers["Mcp-Session-Id"] = self.session
            return response
        if request.headers.get("Mcp-Session-Id") != self.session:
            return Response("Bad Request: no session", 400)
        if body["method"].startswith("notifications/"):
            return Response(status=202)
        message = json.dumps({"jsonrpc": "2.0", "id": body["id"], "result": self.answer})
        return Response(f": hello\n\nevent: message\ndata: {message}\n\n", mimetype="text/event-stream")

    def broken(self, request, body):
        return Response("oops", 503)

    def _json(self, body, result):
        return Response(json.dumps({"jsonrpc": "2.0", "id": body["id"], "result": result}), mimetype="application/json")


@pytest.fixture
def start(monkeypatch):
    """A remote server in force for the tools: `with start("legacy") as server`."""

    def make(era):
        server = Server(era)
        chosen = development_settings(docs_mcp_url=server.url, allow_private_addresses=True)
        monkeypatch.setattr(settings, "current", lambda: chosen)
        return server

    return make


def search():
    return tools.search_docs(tools.SearchDocs(query="connect"), principal=None)


@pytest.mark.parametrize("era", ["modern", "legacy"])
def test_a_remote_server_of_either_era_answers(start, era):
    with start(era):
        answer = search()
    assert answer.text == "Press *Connect*."
    assert answer.plain()["passages"][0]["excerpt"] == "Press *Connect*."


HANDSHAKE = ["initialize", "notifications/initialized", "tools/call"]


def test_a_handshake_is_made_once(start):
    with start("legacy") as server:
        search()
        search()
    assert server.methods == ["server/discover", *HANDSHAKE, "tools/call"]


def test_a_forgotten_session_is_opened_again(start):
    with start("legacy") as server:
        search()
        server.session = "s-2"
        assert search().text == "Press *Connect*."
    assert server.methods == ["server/discover", *HANDSHAKE, "tools/call", *HANDSHAKE]


def test_data_in_our_shape_is_handed_on(start):
    passage = {"doc": "a#b", "title": "A", "heading": "B", "excerpt": "c", "url": "https://docs.example/a"}
    with start("modern") as server:
        server.answer |= {"structuredContent": {"passages": [passage]}}
        assert search().plain() == {"passages": [passage]}


def test_data_that_is_too_large_to_hand_on_gives_way_to_the_text(start):
    document = {"doc": "a", "title": "A", "url": "u", "start": 0, "total": 1, "next_cursor": None}
    with start("modern") as server:
        server.answer["structuredContent"] = document | {"markdown": "x" * 900_000}
        answer, wire = tools.read_doc(tools.ReadDoc(doc="a"), principal=None).bounded()
    assert len(wire) < 100_000
    assert answer.plain()["markdown"] == answer.text == "Press *Connect*."


def test_a_text_that_is_too_large_to_hand_on_is_cut(start):
    with start("modern") as server:
        server.answer["content"] = [{"type": "text", "text": '"' * 100_000}]
        answer, wire = tools.read_doc(tools.ReadDoc(doc="a"), principal=None).bounded()
    assert len(wire) < 100_000
    assert answer.text.endswith("[cut here]")


def test_reading_asks_for_the_same_document(start):
    with start("modern"):
        answer = tools.read_doc(tools.ReadDoc(doc="guide#one"), principal=None).plain()
    assert (answer["doc"], answer["markdown"], answer["next_cursor"]) == ("guide#one", "Press *Connect*.", None)


def test_an_error_of_the_remote_tool_is_an_error_of_ours(start):
    with start("modern") as server:
        server.answer |= {"isError": True}
        assert search().is_error


def test_a_broken_server_is_an_upstream_failure(start):
    with start("broken"), pytest.raises(UpstreamFailed, match="too much to do"):
        search()


@pytest.mark.parametrize(
    "odd",
    [
        {"session": "s\xe9ance"},
        {"session": "s\x7f"},
        {"version": "2025-06-18\u2028"},
        {"version": "\u65e5"},
        {"version": "a\nb"},
    ],
)
def test_what_no_header_can_carry_back_is_an_upstream_failure(start, odd):
    with start("legacy") as server, pytest.raises(UpstreamFailed, match=r"ASCII|revisions"):
        vars(server).update(odd)
        search()


@pytest.mark.parametrize("name", ["X-Motto", "Content-Language", "Server"])
def test_a_header_that_is_not_ascii_and_nobodys_concern_is_none(start, name):
    with start("modern") as server:
        plain = server.modern

        def proud(request, body):
            response = plain(request, body)
            response.headers[name] = "d\xe9j\xe0 vu"
            return response

        server.modern = proud
        assert "Press" in search().text


def test_an_absent_server_is_an_upstream_failure():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        chosen = development_settings(
            docs_mcp_url=f"http://127.0.0.1:{held.getsockname()[1]}/", allow_private_addresses=True
        )
        with pytest.raises(UpstreamFailed, match="cannot be reached"):
            elsewhere.told("search_docs", {"query": "x"}, chosen)


def test_a_private_address_is_not_reached_in_production(start):
    with start("modern") as server:
        guarded = development_settings(docs_mcp_url=server.url)
        with pytest.raises(UpstreamFailed, match="https"):
            elsewhere.told("search_docs", {"query": "x"}, guarded)
    assert server.methods == []
