"""Spans and the histogram of MCP's conventions, as a collector reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from halo.ground.database import db
from halo.ground.telemetry.measures import MCP_SECONDS
from halo.ledger.models import ActionExecution
from tests.factories import a_token
from tests.ground.telemetry.collector import Collector, Span

one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
OUTER = "0af7651916cd43dd8448eb211c80319c"
MISFIT = {"name": "search_docs", "arguments": {"nonsense": "maria"}}
Traced = Callable[..., Callable[[], None]]


def token_of(app: Flask, scopes: str = "docs:read data:read", **more: Any) -> str:
    with app.app_context():
        return a_token(scopes, **more)


def say(
    app: Flask, token: str, method: str, params: Any = None, headers: dict[str, str] | None = None, identity: Any = 7
) -> Any:
    body = {"jsonrpc": "2.0", "id": identity, "method": method, "params": params or {}}
    sent = {"Authorization": f"Bearer {token}", "MCP-Protocol-Version": "2025-11-25"} | (headers or {})
    return app.test_client().post("/api/mcp", json=body, headers=sent)


def search(app: Flask, token: str, meta: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Any:
    params = {"name": "search_docs", "arguments": {"query": "maria@example.com"}}
    return say(app, token, "tools/call", params | ({"_meta": meta} if meta else {}), headers)


def rows(app: Flask) -> list[ActionExecution]:
    with app.app_context():
        return list(db.session.scalars(select(ActionExecution).order_by(ActionExecution.id)))


def only(spans: list[Span]) -> Span:
    (span,) = spans
    return span


def test_a_call_is_a_server_span_with_its_steps_below(app: Flask, collector: Collector, traced: Traced) -> None:
    end = traced()
    assert search(app, token_of(app)).status_code == 200
    end()
    span = only(collector.named("tools/call search_docs"))
    assert span.kind == "server" and not span.is_error and not span.parent_id
    assert span.attributes == {
        "mcp.method.name": "tools/call",
        "gen_ai.tool.name": "search_docs",
        "gen_ai.operation.name": "execute_tool",
        "mcp.protocol.version": "2025-11-25",
        "jsonrpc.request.id": "7",
        "halo.outcome": "ok",
    }
    assert [it.name for it in collector.below(span)] == ["gate", "handler", "audit_write"]
    assert {it.kind for it in collector.below(span)} == {"internal"}
    assert span.resource["service.name"] == "halo" and span.resource["service.instance.id"]


def test_the_row_holds_the_trace_of_the_span(app: Flask, collector: Collector, traced: Traced) -> None:
    end, token = traced(), token_of(app)
    search(app, token)
    search(app, token, {"traceparent": TRACEPARENT})
    end()
    own, given = (row.trace_id for row in rows(app))
    assert {own, given} == {span.trace_id for span in collector.named("tools/call search_docs")}
    assert given == TRACE != own


@one_database
def test_the_parent_is_what_the_message_names_and_the_request_is_linked(
    app: Flask, collector: Collector, traced: Traced
) -> None:
    end, token = traced(), token_of(app)
    outer = {"traceparent": f"00-{OUTER}-b7ad6b7169203331-01"}
    search(app, token, {"traceparent": TRACEPARENT, "tracestate": "rojo=1"}, outer)
    search(app, token, headers=outer)
    search(app, token, {"traceparent": "not-one"})
    end()
    inner, lone, own = collector.named("tools/call search_docs")
    assert (inner.trace_id, inner.parent_id, inner.links) == (TRACE, PARENT, [OUTER])
    assert (lone.trace_id, lone.parent_id, lone.links) == (OUTER, "b7ad6b7169203331", [])
    assert own.trace_id not in (TRACE, OUTER) and not own.parent_id


@one_database
@pytest.mark.parametrize(
    ("method", "params", "name", "error", "reason"),
    [
        ("tools/call", MISFIT, "search_docs", "tool_error", "arguments_invalid"),
        ("tools/call", {"name": "maria", "arguments": {}}, "", "-32602", "tool_unknown"),
        ("tools/call", {"arguments": "maria"}, "", "-32602", "arguments_invalid"),
        ("maria/list", {}, None, "-32601", None),
    ],
)
def test_a_failure_is_an_error_of_its_type_without_words(
    app: Flask, collector: Collector, traced: Traced, method: str, params: Any, name: str, error: str, reason: str
) -> None:
    end = traced()
    say(app, token_of(app), method, params)
    end()
    span = only([it for it in collector.spans if it.kind == "server"])
    assert span.name == (f"{method} {name}".strip() if name is not None else "_OTHER")
    assert span.is_error and span.description == ""
    assert span.attributes["error.type"] == error
    assert span.attributes.get("halo.reason") == reason
    assert (span.attributes.get("rpc.response.status_code") == error) is (error != "tool_error")


@one_database
def test_a_refusal_at_the_door_is_a_span_for_each_message(app: Flask, collector: Collector, traced: Traced) -> None:
    end, token = traced(), token_of(app)
    headers = {"Authorization": f"Bearer {token}", "Halo-Customer-Token": "maria"}
    calls = [{"jsonrpc": "2.0", "id": it, "method": "tools/call", "params": {"name": "search_docs"}} for it in "ab"]
    assert app.test_client().post("/api/mcp", json=calls, headers=headers).status_code in (401, 403)
    assert app.test_client().post("/api/mcp", json=calls, headers={"Authorization": "Bearer halo_at_x"}).status_code
    end()
    spans = collector.named("tools/call search_docs")
    assert [span.attributes["jsonrpc.request.id"] for span in spans] == ["a", "b"]
    assert all(span.is_error and span.attributes["halo.reason"] == "customer_token_invalid" for span in spans)


@one_database
def test_nothing_that_a_caller_wrote_leaves_halo_but_its_id(app: Flask, collector: Collector, traced: Traced) -> None:
    end, token = traced(), token_of(app)
    said = {"arguments": {"email": "maria@example.com", "maria": "maria"}}
    for name in ("data_find_user", "search_docs", "maria"):
        say(app, token, "tools/call", {"name": name, **said})
    say(app, token, "maria", {"maria": "maria"}, {"MCP-Protocol-Version": "maria", "User-Agent": "maria"})
    end()
    assert len([it for it in collector.spans if it.kind == "server"]) == 4
    sent = b"".join(collector.bodies)
    assert b"maria" not in sent and token.encode() not in sent and b"halo_at_" not in sent


@one_database
def test_the_histogram_is_the_one_of_the_conventions(app: Flask, collector: Collector, traced: Traced) -> None:
    end, token = traced(), token_of(app)
    search(app, token)
    say(app, token, "tools/list")
    say(app, token, "maria/list")
    end()
    last = {tuple(sorted(attributes.items())): count for _, attributes, count, _ in collector.points}
    named = {"gen_ai.tool.name": "search_docs", "gen_ai.operation.name": "execute_tool"}
    version = {"mcp.protocol.version": "2025-11-25"}
    expected = [
        {"mcp.method.name": "tools/call", **named, **version},
        {"mcp.method.name": "tools/list", **version},
        {"mcp.method.name": "_OTHER", **version, "error.type": "-32601"},
    ]
    assert last == {tuple(sorted(it.items())): 1 for it in expected}
    assert {(name, tuple(bounds)) for name, _, _, bounds in collector.points} == {
        ("mcp.server.operation.duration", MCP_SECONDS)
    }


@one_database
@pytest.mark.parametrize(
    ("environment", "spans", "points"),
    [
        ({"OTEL_TRACES_SAMPLER": "always_off"}, 0, 1),
        ({"OTEL_TRACES_EXPORTER": "none"}, 0, 1),
        ({"OTEL_METRICS_EXPORTER": "none"}, 4, 0),
    ],
    ids=["sampled never", "no traces", "no metrics"],
)
def test_the_usual_variables_decide(
    app: Flask, collector: Collector, traced: Traced, environment: dict[str, str], spans: int, points: int
) -> None:
    end, token = traced(**environment), token_of(app)
    search(app, token)
    end()
    assert (len(collector.spans), min(1, len(collector.points))) == (spans, points)
    assert (rows(app)[0].trace_id is not None) is (spans > 0), "a trace that nobody can find is not linked"


@one_database
def test_an_unsampled_caller_stays_unsampled_and_known(app: Flask, collector: Collector, traced: Traced) -> None:
    end, token = traced(), token_of(app)
    search(app, token, {"traceparent": f"00-{TRACE}-{PARENT}-00"})
    end()
    assert collector.spans == [] and rows(app)[0].trace_id == TRACE


def test_without_tracing_the_row_still_holds_the_callers_trace(app: Flask) -> None:
    search(app, token_of(app), {"traceparent": TRACEPARENT})
    assert rows(app)[0].trace_id == TRACE
