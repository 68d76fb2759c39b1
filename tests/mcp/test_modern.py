"""Revision 2026-07-28: the ladder of checks, results with their marks, methods that are gone."""

from __future__ import annotations

import mcp_types.methods
import pytest

from tests.mcp.speaker import META, MODERN, Speaker, envelope

CALL = {"name": "search_docs", "arguments": {"query": "scopes"}}


@pytest.mark.parametrize("missing", ["protocolVersion", "clientCapabilities"])
def test_the_envelope_needs_version_and_capabilities(speaker: Speaker, missing: str) -> None:
    meta = {key: value for key, value in envelope().items() if not key.endswith(missing)}
    body = {"jsonrpc": "2.0", "id": "a", "method": "tools/list", "params": {"_meta": meta}}
    answer = speaker.post(body, MCP_Protocol_Version=MODERN, Mcp_Method="tools/list")
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == -32602
    assert missing in answer.json["error"]["message"]
    assert answer.json["id"] == "a"


def test_a_modern_header_alone_is_asked_for_its_envelope(speaker: Speaker) -> None:
    answer = speaker.legacy("tools/list", version=MODERN)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, -32602)


def test_a_client_that_does_not_say_its_name_is_served(speaker: Speaker) -> None:
    meta = {key: value for key, value in envelope().items() if not key.endswith("clientInfo")}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
    assert speaker.post(body, MCP_Protocol_Version=MODERN, Mcp_Method="tools/list").status_code == 200


@pytest.mark.parametrize(
    "method",
    ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/list", "subscriptions/listen", "nope"],
)
def test_a_method_that_this_revision_has_not_is_404(speaker: Speaker, method: str) -> None:
    answer = speaker.modern(method)
    assert answer.status_code == 404
    assert answer.json["error"]["code"] == -32601
    assert answer.json["id"] == 1


@pytest.mark.parametrize("params", [{}, {"name": 5}, {"name": "search_docs", "arguments": [1]}])
def test_params_that_do_not_fit_the_method_are_400(speaker: Speaker, params: dict[str, object]) -> None:
    answer = speaker.modern("tools/call", params, Mcp_Name=None if "name" not in params else str(params["name"]))
    assert answer.status_code == 400
    assert answer.json["error"]["code"] in (-32602, -32020)


def test_an_unknown_tool_is_400_with_invalid_params(speaker: Speaker) -> None:
    answer = speaker.modern("tools/call", {"name": "drop_everything"})
    assert (answer.status_code, answer.json["error"]["code"]) == (400, -32602)


@pytest.mark.parametrize(("method", "params"), [("server/discover", {}), ("tools/list", {}), ("tools/call", CALL)])
def test_every_result_says_that_it_is_complete_and_whose_it_is(
    speaker: Speaker, method: str, params: dict[str, object]
) -> None:
    result = speaker.modern(method, params).json["result"]
    assert result["resultType"] == "complete"
    assert result["_meta"][f"{META}serverInfo"]["name"] == "halo-agents"
    mcp_types.methods.validate_server_result(method, MODERN, result)


def test_bad_arguments_of_a_tool_come_back_as_a_result(speaker: Speaker) -> None:
    answer = speaker.modern("tools/call", {"name": "search_docs", "arguments": {"quary": "x"}})
    assert answer.status_code == 200
    assert answer.json["result"]["isError"]
    assert answer.json["result"]["resultType"] == "complete"


def test_a_list_tells_how_long_and_for_whom_it_may_be_kept(speaker: Speaker) -> None:
    listed = speaker.modern("tools/list").json["result"]
    assert listed["cacheScope"] == "private"
    assert isinstance(listed["ttlMs"], int)
    assert speaker.modern("server/discover").json["result"]["cacheScope"] == "public"


def test_notifications_are_dropped_and_responses_refused(speaker: Speaker) -> None:
    note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    assert speaker.post(note, MCP_Protocol_Version=MODERN).status_code == 202
    assert speaker.post(note, MCP_Protocol_Version="2099-01-01").json["error"]["code"] == -32022
    response = {"jsonrpc": "2.0", "id": 1, "result": {}}
    assert speaker.post(response, MCP_Protocol_Version=MODERN).status_code == 400


def test_unexpected_input_responses_change_nothing(speaker: Speaker) -> None:
    strange = CALL | {"inputResponses": {"word": {"action": "accept"}}, "requestState": "forged"}
    assert not speaker.modern("tools/call", strange).json["result"]["isError"]


def test_white_space_round_a_header_is_no_part_of_it(speaker: Speaker) -> None:
    assert speaker.modern("tools/call", CALL, Mcp_Name="  search_docs ", Mcp_Method=" tools/call ").status_code == 200


def test_a_name_may_come_encoded(speaker: Speaker) -> None:
    assert speaker.modern("tools/call", CALL, Mcp_Name="=?base64?c2VhcmNoX2RvY3M=?=").status_code == 200


def test_a_session_header_is_ignored(speaker: Speaker) -> None:
    answer = speaker.modern("tools/list", Mcp_Session_Id="x")
    assert answer.status_code == 200
    assert "Mcp-Session-Id" not in answer.headers
