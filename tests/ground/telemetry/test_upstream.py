"""Whatever Halo calls gets the trace handed on, in headers and, where it speaks MCP, in `_meta`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.ground.telemetry.collector import Collector
from tests.ground.telemetry.test_traces import PARENT, TRACE, TRACEPARENT, search, token_of
from tests.tools.test_docs_elsewhere import Server

one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
CARRIED = {"traceparent": TRACEPARENT, "tracestate": "rojo=1", "baggage": "tier=gold"}


class Told(Server):
    """A documentation server that remembers what it was told of traces."""

    def __init__(self, era: str) -> None:
        super().__init__(era)
        self.headers: list[dict[str, str]] = []
        self.meta: list[dict[str, str]] = []

    def _note(self, request: Any, body: Any) -> None:
        known = ("traceparent", "tracestate", "baggage")
        self.headers.append({name: request.headers[name] for name in known if name in request.headers})
        said = body.get("params", {}).get("_meta", {})
        self.meta.append({name: said[name] for name in known if name in said})

    def modern(self, request: Any, body: Any) -> Any:
        self._note(request, body)
        return super().modern(request, body)

    def broken(self, request: Any, body: Any) -> Any:
        self._note(request, body)
        return super().broken(request, body)


@pytest.fixture(params=["modern"])
def remote(request: pytest.FixtureRequest) -> Iterator[Told]:
    with Told(request.param) as server:
        yield server


@pytest.fixture
def app(make_app: Callable[..., Flask], remote: Told) -> Flask:
    return make_app(docs_mcp_url=remote.url, allow_private_addresses=True)


@one_database
def test_the_trace_is_handed_on_below_the_handler(
    app: Flask, remote: Told, collector: Collector, traced: Callable[..., Callable[[], None]]
) -> None:
    end = traced()
    assert search(app, token_of(app), CARRIED).status_code == 200
    end()
    (handler,) = collector.named("handler")
    *_, upstream = collector.below(handler)
    assert (upstream.name, upstream.kind, upstream.trace_id) == ("upstream", "client", TRACE)
    assert upstream.attributes == {
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "http.response.status_code": 200,
    }
    headers, meta = remote.headers[-1], remote.meta[-1]
    assert headers["traceparent"] == f"00-{TRACE}-{upstream.span_id}-01"
    assert meta["traceparent"] == f"00-{TRACE}-{handler.span_id}-01"
    assert all(it["tracestate"] == "rojo=1" and it["baggage"] == "tier=gold" for it in (headers, meta))


@one_database
def test_a_trace_that_is_not_sampled_is_handed_on_as_such(
    app: Flask, remote: Told, collector: Collector, traced: Callable[..., Callable[[], None]]
) -> None:
    end = traced()
    search(app, token_of(app), {"traceparent": f"00-{TRACE}-{PARENT}-00"})
    end()
    assert collector.spans == []
    assert all(it["traceparent"].startswith(f"00-{TRACE}-") and it["traceparent"][-2:] == "00" for it in remote.headers)


@one_database
@pytest.mark.parametrize("remote", ["broken"], indirect=True)
def test_a_server_that_fails_is_seen_where_it_fails(
    app: Flask, remote: Told, collector: Collector, traced: Callable[..., Callable[[], None]]
) -> None:
    end = traced()
    search(app, token_of(app))
    end()
    (handler,) = collector.named("handler")
    assert handler.is_error and handler.attributes["error.type"] == "Resting"
    assert collector.below(handler)[0].attributes["http.response.status_code"] == 503


@one_database
def test_where_nothing_is_traced_nothing_is_handed_on(app: Flask, remote: Told) -> None:
    assert search(app, token_of(app), CARRIED).status_code == 200
    assert [*remote.headers, *remote.meta] == [{}] * 4
