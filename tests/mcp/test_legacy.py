"""The revisions that open with a handshake: 2025-03-26, 2025-06-18, 2025-11-25."""

from __future__ import annotations

import mcp_types.methods
import pytest

from tests.mcp.speaker import Speaker

VERSIONS = ["2025-03-26", "2025-06-18", "2025-11-25"]


def _opening(version: str) -> dict[str, object]:
    return {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}


@pytest.mark.parametrize("version", [*VERSIONS, "2024-11-05"])
def test_a_known_version_is_agreed_to(speaker: Speaker, version: str) -> None:
    result = speaker.legacy("initialize", _opening(version), version=None).json["result"]
    assert result["protocolVersion"] == version
    assert result["capabilities"] == {"tools": {}}
    assert result["serverInfo"]["name"] == "halo-agents"
    assert result["instructions"]
    mcp_types.methods.validate_server_result("initialize", version, result)


@pytest.mark.parametrize("version", ["1999-01-01", "2026-07-28", "newest", ""])
def test_an_unknown_version_gets_the_newest_with_a_handshake(speaker: Speaker, version: str) -> None:
    result = speaker.legacy("initialize", _opening(version), version=None).json["result"]
    assert result["protocolVersion"] == "2025-11-25"


@pytest.mark.parametrize("version", [None, *VERSIONS])
@pytest.mark.parametrize(
    ("method", "params"),
    [("ping", None), ("tools/list", {}), ("tools/call", {"name": "search_docs", "arguments": {"query": "scopes"}})],
)
def test_every_version_is_served(
    speaker: Speaker, version: str | None, method: str, params: dict[str, object] | None
) -> None:
    answer = speaker.legacy(method, params, version=version)
    assert answer.status_code == 200
    mcp_types.methods.validate_server_result(method, version or "2025-03-26", answer.json["result"])
    assert "resultType" not in answer.json["result"]


def test_a_header_that_names_no_served_version_is_400(speaker: Speaker) -> None:
    answer = speaker.legacy("tools/list", version="1999-01-01")
    assert answer.status_code == 400
    error = answer.json["error"]
    assert error["code"] == -32602 and "supported: 2025-03-26, 2025-06-18, 2025-11-25, 2026-07-28." in error["message"]
    assert error["data"]["requested"] == "1999-01-01"


@pytest.mark.parametrize(
    "method", ["resources/list", "prompts/list", "logging/setLevel", "completion/complete", "server/discover", "x"]
)
def test_a_method_that_is_not_served_is_an_error_under_200(speaker: Speaker, method: str) -> None:
    answer = speaker.legacy(method)
    assert answer.status_code == 200
    assert answer.json["error"]["code"] == -32601


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {}),
        ("tools/call", {"name": 1}),
        ("tools/call", None),
        ("tools/list", {"cursor": 5}),
        ("initialize", {}),
    ],
)
def test_params_that_do_not_fit_are_an_error_under_200(speaker: Speaker, method: str, params: object) -> None:
    answer = speaker.legacy(method, params)
    assert answer.status_code == 200
    assert answer.json["error"]["code"] == -32602


def test_arguments_may_be_left_out(speaker: Speaker) -> None:
    for absent in ({}, {"arguments": None}, {"arguments": {}}):
        result = speaker.legacy("tools/call", {"name": "setup_get_install_snippet"} | absent).json["result"]
        assert not result["isError"]


def test_bad_arguments_of_a_tool_name_the_field(speaker: Speaker) -> None:
    result = speaker.call("search_docs", query="x", limit="many").json["result"]
    assert result["isError"]
    assert "limit" in result["content"][0]["text"]


def test_a_posted_response_is_taken(speaker: Speaker) -> None:
    for response in ({"result": {}}, {"error": {"code": 1, "message": "no"}}):
        answer = speaker.post({"jsonrpc": "2.0", "id": 1} | response)
        assert (answer.status_code, answer.data) == (202, b"")
