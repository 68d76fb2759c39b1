"""Property: no body, however strange, is answered with a 500, and every answer is JSON-RPC."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halo.ground import limits
from tests.mcp.speaker import MODERN, Speaker, a_speaker, envelope

MANY = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
METHODS = ["initialize", "ping", "tools/list", "tools/call", "server/discover", "notifications/initialized", "nope", ""]
TOOLS = ["search_docs", "read_doc", "data_find_user", "data_search_tickets", "setup_get_jwt_sample", "nope"]
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values: st.SearchStrategy[Any] = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)
arguments = st.dictionaries(
    st.sampled_from(["query", "limit", "doc", "cursor", "id", "email", "sort", "framework", "language"]) | st.text(),
    values,
    max_size=4,
)
params = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(TOOLS) | values,
        "arguments": arguments | values,
        "cursor": values,
        "protocolVersion": st.sampled_from(["2025-06-18", MODERN]) | values,
        "capabilities": values,
        "clientInfo": values,
        "_meta": st.just(envelope()) | values,
    },
)
messages = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0") | values},
    optional={
        "id": st.integers() | st.text() | values,
        "method": st.sampled_from(METHODS) | values,
        "params": params | values,
        "result": values,
        "error": values,
    },
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "MCP_Protocol_Version": st.sampled_from(["2025-03-26", "2025-11-25", MODERN, "x", ""]),
        "Mcp_Method": st.sampled_from(METHODS),
        "Mcp_Name": st.sampled_from([*TOOLS, "=?base64?x?="]),
        "Accept": st.sampled_from(["text/event-stream", "*/*"]),
    },
)


@pytest.fixture
def endless(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Speaker:
    """A client without a limit of calls; `app.testing` off, so that a crash is a 500 as in production."""
    for name in limits.DEFAULTS:
        monkeypatch.setitem(limits.DEFAULTS, name, 10**9)  # type: ignore[arg-type]
    app.testing = False
    return a_speaker(app)


@MANY
@given(body=messages | st.lists(messages, max_size=4) | values, sent=headers)
def test_any_json_gets_a_json_rpc_answer(endless: Speaker, body: Any, sent: dict[str, str]) -> None:
    answer = endless.post(data=json.dumps(body), **sent)
    assert answer.status_code < 500, answer.text
    if answer.mimetype == "application/json" and answer.data:
        for one in answer.json if isinstance(answer.json, list) else [answer.json]:
            assert one["jsonrpc"] == "2.0"
            assert ("result" in one) != ("error" in one)
            assert one.get("error", {}).get("code") != -32603


@MANY
@given(body=st.binary(max_size=300))
def test_any_bytes_get_an_answer(endless: Speaker, body: bytes) -> None:
    assert endless.post(data=body).status_code in (200, 202, 400)


@MANY
@given(name=st.sampled_from(TOOLS), given_arguments=arguments)
def test_any_arguments_of_a_tool_get_a_result_that_says_so(
    endless: Speaker, name: str, given_arguments: dict[str, Any]
) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": given_arguments}}
    answer = endless.post(data=json.dumps(body))
    if answer.status_code == 200 and "result" in answer.json:
        text = answer.json["result"]["content"][0]["text"]
        assert "Something went wrong" not in text, (given_arguments, text)
    else:
        assert answer.status_code in (200, 400)
