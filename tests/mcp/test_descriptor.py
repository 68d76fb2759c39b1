"""GET /api/mcp: the descriptor, for people and clients that only look."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.mcp.speaker import Speaker

BASE = "http://127.0.0.1:8000"


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "text/html, */*;q=0.1", "application/*"])
def test_a_plain_get_describes_the_server(app: Flask, accept: str | None) -> None:
    answer = Speaker(app).get(accept)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    told = answer.json
    assert list(told) == [
        "name",
        "version",
        "protocolVersion",
        "supportedVersions",
        "transport",
        "methods",
        "authentication",
        "mcp_url",
    ]
    assert told["name"] == "halo-agents"
    assert told["protocolVersion"] == "2026-07-28"
    assert told["supportedVersions"] == ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]
    assert told["transport"] == "http+jsonrpc"
    assert {"initialize", "ping", "tools/list", "tools/call"} <= set(told["methods"])
    assert told["authentication"] == {
        "type": "oauth2",
        "authorization_server": f"{BASE}/.well-known/oauth-authorization-server",
        "protected_resource_metadata": f"{BASE}/.well-known/oauth-protected-resource/api/mcp",
    }
    assert told["mcp_url"] == f"{BASE}/api/mcp"


def test_an_alias_describes_itself(app: Flask) -> None:
    assert Speaker(app, url="/api/mcp/w/acme").get().json["mcp_url"] == f"{BASE}/api/mcp/w/acme"


def test_head_is_get_without_its_body(app: Flask) -> None:
    answer = app.test_client().head("/api/mcp")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.content_length


@pytest.mark.parametrize("accept", ["application/json, text/event-stream", "text/event-stream"])
def test_a_client_with_a_token_that_wants_a_stream_is_told_there_is_none(speaker: Speaker, accept: str) -> None:
    assert speaker.get(accept).status_code == 405


@pytest.mark.parametrize(
    "accept",
    ["*/*", "text/html;q=0.9", "application/json, text/event-stream;q=0", "APPLICATION/JSON", "application/*;q=0.1"],
)
def test_who_asks_for_json_or_a_page_gets_the_descriptor(app: Flask, accept: str) -> None:
    assert Speaker(app).get(accept).status_code == 200


@pytest.mark.parametrize("accept", ["application/json;q=0", "image/png", "application/jsonp", "*/*, text/event-stream"])
def test_who_takes_neither_or_a_stream_is_asked_for_a_token(app: Flask, accept: str) -> None:
    assert Speaker(app).get(accept).status_code == 401


def test_a_client_that_probes_with_get_finds_the_challenge(app: Flask) -> None:
    answer = Speaker(app).get("application/json, text/event-stream")
    assert answer.status_code == 401
    assert "resource_metadata=" in answer.headers["WWW-Authenticate"]


def test_what_is_neither_json_nor_a_page_is_challenged(app: Flask) -> None:
    assert Speaker(app).get("image/png").status_code == 401
