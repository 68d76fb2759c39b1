"""`POST /api/mcp` has a short way in (`halo.mcp.front`): what goes out there bears what Flask's view sends."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from halo import perform, web
from halo.ground.database.outage import Unavailable
from halo.mcp import front
from tests.factories import a_token
from tests.mcp.speaker import BOTH

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "search_docs", "arguments": {"query": "x"}},
}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
NOTE = {"jsonrpc": "2.0", "method": "notifications/initialized"}
OWN = {"X-Request-Id", "RateLimit", "Content-Length", "Date"}
"""Of each answer its own: the two ways differ here and mean the same."""
KINDS: dict[str, tuple[str, dict[str, Any], int]] = {
    "answered": ("POST", {"json": PING}, 200),
    "called": ("POST", {"json": CALL}, 200),
    "events": ("POST", {"json": PING, "headers": {"Accept": "text/event-stream"}}, 200),
    "taken": ("POST", {"json": NOTE}, 202),
    "no JSON": ("POST", {"data": b"{", "content_type": "application/json"}, 400),
    "a stranger": ("POST", {"json": PING, "headers": {"Authorization": ""}}, 401),
    "another origin": ("POST", {"json": PING, "headers": {"Origin": "https://evil.example"}}, 403),
    "too large": ("POST", {"data": b" " * 2_000_000, "content_type": "application/json"}, 413),
    "another type": ("POST", {"data": b"a=1", "content_type": "text/plain"}, 415),
    "too often": ("POST", {"json": CALL}, 429),
    "away": ("POST", {"json": CALL}, 503),
    "described": ("GET", {"headers": {"Accept": "application/json"}}, 200),
    "no stream": ("GET", {"headers": {"Accept": "text/event-stream"}}, 405),
    "preflight": ("OPTIONS", {}, 204),
    "no such workspace": ("POST", {"json": PING, "path": "/api/mcp/w/a%20b"}, 404),
}
"""What is asked, how, and the status of the answer."""


@pytest.fixture(params=["development", "production"])
def app(request: pytest.FixtureRequest, make_app: Callable[..., Flask]) -> Iterator[Flask]:
    handlers = logging.getLogger().handlers[:]
    if request.param == "development":
        yield make_app()
    else:
        yield make_app(environment="production", base_url="https://halo.example")
    logging.getLogger().handlers[:] = handlers


def asked(app: Flask, token: str, kind: str) -> TestResponse:
    method, how, _ = KINDS[kind]
    base = app.extensions["halo"].base_url
    headers = {"Authorization": f"Bearer {token}", "Accept": BOTH} | how.get("headers", {})
    rest = {name: value for name, value in how.items() if name not in ("headers", "path")}
    return app.test_client().open(how.get("path", "/api/mcp"), method=method, base_url=base, headers=headers, **rest)


def borne(answer: TestResponse) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OWN}


def test_both_ways_send_the_same_headers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    base = app.extensions["halo"].base_url
    with app.app_context():
        tokens = {kind: a_token(resource=f"{base}/api/mcp") for kind in KINDS}
    for kind, (_, _, status) in KINDS.items():
        with monkeypatch.context() as patched:
            _prepare(patched, kind)
            short = asked(app, tokens[kind], kind)
            patched.setattr(front, "_says_its_length", lambda _: False)
            long = asked(app, tokens[kind], kind)
        assert (short.status_code, long.status_code) == (status, status), (kind, short.text, long.text)
        assert borne(short) == borne(long), kind
        assert short.headers["X-Content-Type-Options"] == "nosniff"
        assert ("Strict-Transport-Security" in short.headers) == base.startswith("https"), kind


def _prepare(patched: pytest.MonkeyPatch, kind: str) -> None:
    """Let the call be one too many, or meet a database that is away."""
    if kind == "away":

        def away(*_: object, **__: object) -> None:
            raise Unavailable("The database does not answer.", 5)

        patched.setattr(perform.writer, "record", away)
    if kind == "too often":
        patched.setitem(perform.limits.DEFAULTS, "calls_per_client", 0)  # type: ignore[arg-type]


def test_the_short_way_is_taken(app: Flask) -> None:
    """Or the test above compares Flask's view with itself."""
    view = web.door(web.BEARER)(lambda slug=None: ("Flask's", 200))
    app.view_functions["mcp.endpoint"] = view
    assert asked(app, "halo_at_nobodys", "answered").status_code == 401
    assert asked(app, "halo_at_nobodys", "described").text == "Flask's"
