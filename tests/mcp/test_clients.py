"""What clients in the field do at `/api/mcp`: one test a row of the interoperability list, its id in the name."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from sqlalchemy import select

from halo import tool
from halo.ground import limits
from halo.ground.database import db
from halo.ledger.models import ActionExecution
from halo.mcp import caller
from halo.tools import elsewhere
from tests.contacts import rows
from tests.mcp.speaker import BOTH, MODERN, NEWEST_LEGACY, Speaker, a_speaker, envelope

INITIALIZE = {"protocolVersion": NEWEST_LEGACY, "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@pytest.mark.parametrize("method", ["initialize", "ping", "tools/list", "tools/call", "server/discover"])
def test_s01_and_s61_without_a_token_every_post_is_challenged(app: Flask, method: str) -> None:
    answer = Speaker(app).legacy(method)
    assert answer.status_code == 401
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer ")
    assert 'resource_metadata="http://127.0.0.1:8000/.well-known/oauth-protected-resource/api/mcp"' in challenge
    assert "scope=" in challenge
    assert "error=" not in challenge


def test_s02_a_client_in_a_browser_can_read_every_answer(speaker: Speaker) -> None:
    answers = [speaker.legacy("ping"), Speaker(speaker.app).legacy("ping"), speaker.post(data="{"), speaker.get()]
    answers += [speaker.post(PING, Origin="https://evil.example"), speaker.http.delete(speaker.url)]
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        exposed = answer.headers["Access-Control-Expose-Headers"]
        for name in ("WWW-Authenticate", "Mcp-Session-Id", "MCP-Protocol-Version", "Retry-After"):
            assert name in exposed


def test_s02_a_client_in_a_browser_can_read_a_429_and_a_500(speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.DEFAULTS, "calls_per_client", 0)  # type: ignore[arg-type]
    too_many = speaker.call("search_docs", query="scopes")
    monkeypatch.setattr(caller, "admitted", lambda _: 1 / 0)
    crashed = speaker.legacy("ping")
    assert (too_many.status_code, crashed.status_code) == (429, 500)
    for answer in (too_many, crashed):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


def test_s03_a_preflight_needs_no_token(app: Flask) -> None:
    answer = app.test_client().options("/api/mcp", headers={"Origin": "https://inspector.example"})
    assert (answer.status_code, answer.data) == (204, b"")
    allowed = answer.headers["Access-Control-Allow-Headers"]
    assert all(it in allowed for it in ("Authorization", "Content-Type", "Mcp-Method", "Mcp-Name", "Last-Event-ID"))
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("url", ["/api/mcp", "/api/mcp/", "/api/mcp/w/acme", "/api/mcp/w/acme/"])
def test_s08_a_trailing_slash_changes_nothing_and_nothing_redirects(app: Flask, url: str) -> None:
    assert a_speaker(app, url=url).legacy("ping").json["result"] == {}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (BOTH, "application/json"),
        ("text/event-stream, application/json", "application/json"),
        ("text/html", "application/json"),
        ("text/event-stream", "text/event-stream"),
        ("Text/Event-Stream; q=0.5", "text/event-stream"),
        ("text/event-stream, application/json;q=0", "text/event-stream"),
        ("application/json;q=0, */*", "text/event-stream"),
        ("text/*", "text/event-stream"),
        ("text/event-stream, application/json-seq", "text/event-stream"),
        ("text/event-stream;q=0, text/html", "application/json"),
        ("text/event-streams", "application/json"),
        ("text/event-stream, application/*;q=0.1", "application/json"),
        ("text/event-stream, application/json; charset=utf-8", "application/json"),
    ],
)
def test_s51_json_unless_only_a_stream_is_acceptable(speaker: Speaker, accept: str | None, kind: str) -> None:
    answer = speaker.legacy("ping", Accept=accept)
    assert (answer.status_code, answer.mimetype) == (200, kind)
    if kind == "text/event-stream":
        assert answer.data == b'event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'
        assert answer.headers["X-Accel-Buffering"] == "no"


@pytest.mark.parametrize("accept", [None, "application/json", BOTH])
def test_s52_a_notification_is_taken_with_202_and_nothing_else(speaker: Speaker, accept: str | None) -> None:
    for method in ("notifications/initialized", "notifications/cancelled", "notifications/unheard_of"):
        answer = speaker.post({"jsonrpc": "2.0", "method": method}, Accept=accept)
        assert (answer.status_code, answer.data) == (202, b"")


def test_s53_and_s54_a_get_for_a_stream_is_answered_at_once(speaker: Speaker) -> None:
    refused = speaker.get("text/event-stream", Last_Event_ID="7")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")
    assert Speaker(speaker.app).get("text/event-stream").status_code == 401


def test_s54_a_get_for_a_stream_leaves_no_noise(speaker: Speaker, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="halo"):
        assert speaker.get("text/event-stream").status_code == 405
    assert [record for record in caplog.records if record.name.startswith("halo")] == []
    with speaker.app.app_context():
        assert db.session.scalars(select(ActionExecution)).all() == []


@pytest.mark.parametrize("session", ["unknown", "0d1f5d5e-6b1c-4c5c-8a3e-4bb3e8a3e9aa", ""])
def test_s55_a_session_id_is_ignored_and_none_is_given(speaker: Speaker, session: str) -> None:
    opened = speaker.legacy("initialize", INITIALIZE, Mcp_Session_Id=session)
    listed = speaker.legacy("tools/list", Mcp_Session_Id=session)
    assert opened.status_code == listed.status_code == 200
    assert "Mcp-Session-Id" not in opened.headers


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
def test_s56_ending_a_session_is_405_with_allow(speaker: Speaker, method: str) -> None:
    headers = {"Authorization": f"Bearer {speaker.token}", "Mcp-Session-Id": "anything"}
    answer = speaker.http.open(speaker.url, method=method, headers=headers)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert speaker.http.open(speaker.url, method=method).status_code == 401


def test_s57_discover_names_what_is_served_and_an_unknown_version_learns_it(speaker: Speaker) -> None:
    found = speaker.modern("server/discover").json["result"]
    assert found["supportedVersions"] == [MODERN]
    assert found["capabilities"] == {"tools": {}}
    future = {"_meta": envelope("2099-01-01")}
    answer = speaker.modern("server/discover", future, MCP_Protocol_Version="2099-01-01")
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == -32022
    assert answer.json["error"]["data"] == {"supported": [MODERN], "requested": "2099-01-01"}


@pytest.mark.parametrize("header", [None, MODERN, "2025-06-18"])
def test_s58_initialize_with_the_modern_version_is_negotiated_down(speaker: Speaker, header: str | None) -> None:
    answer = speaker.legacy("initialize", INITIALIZE | {"protocolVersion": MODERN}, version=header)
    assert answer.status_code == 200
    assert answer.json["result"]["protocolVersion"] == NEWEST_LEGACY


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({"Mcp_Method": None}, "mcp-method"),
        ({"Mcp_Method": "tools/list"}, "mcp-method"),
        ({"Mcp_Method": "TOOLS/CALL"}, "mcp-method"),
        ({"Mcp_Name": None}, "mcp-name"),
        ({"Mcp_Name": "read_doc"}, "mcp-name"),
        ({"Mcp_Name": "=?base64?!!?="}, "mcp-name"),
        ({"MCP_Protocol_Version": None}, "mcp-protocol-version"),
        ({"MCP_Protocol_Version": "2025-11-25"}, "mcp-protocol-version"),
    ],
)
def test_s59_a_header_that_contradicts_the_body_is_named(
    speaker: Speaker, headers: dict[str, str | None], named: str
) -> None:
    answer = speaker.modern("tools/call", {"name": "search_docs", "arguments": {"query": "scopes"}}, **headers)
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == -32020
    assert answer.json["id"] == 1
    assert named in answer.json["error"]["message"].lower()


def test_s59_legacy_requests_never_need_the_headers(speaker: Speaker) -> None:
    assert not speaker.call("search_docs", query="scopes").json["result"]["isError"]


def test_s60_odd_but_legal_requests_are_answered(speaker: Speaker) -> None:
    for odd in ({"id": 0}, {"id": "zero"}, {"id": 2**63}, {"id": 2**70}, {"params": None}, {"extra": {"a": 1}}):
        answer = speaker.post(PING | odd)
        assert answer.status_code == 200
        assert answer.json["id"] == (PING | odd)["id"]
        assert answer.json["result"] == {}


def test_s60_an_id_comes_back_digit_for_digit_alone_and_in_a_batch(speaker: Speaker) -> None:
    for identity in (2**53 + 1, 2**63, 2**64, 2**70, -(2**70), 10**300):
        assert speaker.post(PING | {"id": identity}).json["id"] == identity
        assert [it["id"] for it in speaker.post([PING, PING | {"id": identity}]).json] == [1, identity]


@pytest.mark.parametrize("identity", ["1.5", "1e30", "true", "[1]"])
def test_s60_what_is_no_id_is_refused_the_same_alone_and_in_a_batch(speaker: Speaker, identity: str) -> None:
    message = f'{{"jsonrpc":"2.0","id":{identity},"method":"ping"}}'
    alone, [in_batch] = speaker.post(data=message).json, speaker.post(data=f"[{message}]").json
    assert alone == in_batch
    assert (alone["error"]["code"], alone["id"]) == (-32600, None)


def test_half_a_surrogate_pair_is_refused_in_words(speaker: Speaker) -> None:
    for half in ("\\ud83d", "\\uDE00", "a\\ud800b"):
        answer = speaker.post(data=f'{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":"{half}"}}}}')
        assert answer.json["error"]["code"] == -32700
        assert "Half a surrogate pair" in answer.json["error"]["message"]


MOST_CHARACTERS = 150_000
"""Of one result, that clients bear."""
WIDEST = {
    "data_find_company": {"domain": "wide.example"},
    "data_find_user": {"email": "wide0@example.com"},
    "data_get_ticket": {"ticket": "1000", "limit": 50, "characters": 50_000},
    "data_get_transcript": {"limit": 50, "characters": 50_000},
    "data_list_negative_feedback": {"limit": 50},
    "data_search_companies": {"limit": 50},
    "data_search_leads": {"limit": 50},
    "data_search_tickets": {"limit": 50},
    "data_search_transcripts": {"limit": 50, "query": "widest"},
    "data_search_users": {"limit": 50},
    "read_doc": {"doc": "protocol-reference"},
    "search_docs": {"query": "the", "limit": 20},
    "setup_get_install_snippet": {"framework": "next"},
    "setup_get_jwt_sample": {"language": "python"},
}
"""The arguments with which each tool says most."""
LISTS = {
    "data_list_negative_feedback": "feedback",
    "data_search_companies": "companies",
    "data_search_leads": "leads",
    "data_search_tickets": "tickets",
    "data_search_transcripts": "transcripts",
    "data_search_users": "users",
}
THREADS = ["data_get_ticket", "data_get_transcript"]


@pytest.fixture
def wide(app: Flask) -> Speaker:
    """A client of a workspace whose every record is as long as the ingestion API and the columns allow."""
    text, traits = '"widest"\n' * 2500, {f"trait{number}": "t" * 4800 for number in range(4)}
    with app.app_context():
        company = rows.a_company("C" * 300, domain="wide.example", custom_fields=traits, context=traits, plan="p" * 80)
        for number in range(50):
            columns = {"email": f"wide{number}@example.com", "custom_fields": traits, "job_title": "j" * 200}
            user = rows.an_end_user("U" * 300, company=company, **columns)
            rows.a_lead("L" * 300, interest=text, custom_fields=traits, email=f"lead{number}@example.com")
            rows.a_company(f"{number}" + "C" * 290, custom_fields=traits, domain="d" * 255)
            rows.a_ticket("S" * 1000, text, text, number=1000 + number, user=user, details=traits | {"context": traits})
            talk = rows.a_conversation("T" * 300, text, text, user=user, summary=text)
            rows.rate_down(talk, 2, comment=text, correction=text)
        WIDEST["data_get_transcript"]["id"] = talk.id
    return a_speaker(app)


def test_s62_no_answer_is_longer_than_clients_bear(wide: Speaker) -> None:
    assert set(WIDEST) == {declared.name for declared in tool.every()}
    for name, arguments in WIDEST.items():
        answer = wide.call(name, **arguments)
        assert not answer.json["result"]["isError"], answer.json
        assert len(answer.data) < MOST_CHARACTERS, name


@pytest.mark.parametrize(("name", "rows_of"), LISTS.items())
def test_s62_a_list_that_is_cut_says_so_and_its_cursor_leads_through_all_of_it(
    wide: Speaker, name: str, rows_of: str
) -> None:
    seen: list[str] = []
    arguments = dict(WIDEST[name])
    while True:
        result = wide.call(name, **arguments).json["result"]
        told = result["structuredContent"]
        seen += [row["id"] for row in told[rows_of]]
        if len(told[rows_of]) < told["total"]:
            assert result["content"][0]["text"].startswith(f"Showing {len(told[rows_of])} of {told['total']} ")
        if told["next_cursor"] is None:
            break
        arguments["cursor"] = told["next_cursor"]
    assert len(seen) == len(set(seen)) == told["total"] >= 50


@pytest.mark.parametrize("name", THREADS)
def test_s62_a_thread_that_is_cut_goes_on_where_it_was_cut(wide: Speaker, name: str) -> None:
    seen: list[int] = []
    arguments = dict(WIDEST[name])
    while True:
        told = wide.call(name, **arguments).json["result"]["structuredContent"]
        seen += [message["position"] for message in told["thread"]]
        if told["next_after"] is None:
            break
        arguments["after"] = told["next_after"]
    assert seen == [1, 2]


def test_s62_what_takes_long_gives_up_before_clients_do() -> None:
    assert elsewhere.SECONDS < limits.CALL_SECONDS < 60


def test_s69_a_tool_that_is_gone_answers_with_what_to_do(speaker: Speaker) -> None:
    error = speaker.call("data_export_everything").json["error"]
    assert error["code"] == -32602
    assert "tools/list" in error["message"]
    assert [it["name"] for it in speaker.tools()] == sorted(it["name"] for it in speaker.tools())
