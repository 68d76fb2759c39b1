"""Refusals in this door's language, and the one audit row that each of them writes."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from halo.flags import service as flags
from halo.ground import limits
from halo.ground.database import db, now, one_change
from halo.ground.errors import Reason
from halo.ledger.changes import raise_version
from halo.ledger.models import ActionExecution
from halo.mcp.refusals import AS_RESULT, CODES
from halo.oauth.models import Grant, Token
from halo.workspaces.models import Person
from tests import cast
from tests.factories import a_token
from tests.mcp.speaker import META, MODERN, Speaker, a_speaker, envelope
from tests.support.parts import ROOT

DOCS = {"name": "search_docs", "arguments": {"query": "scopes"}}


def rows(app: Flask) -> list[ActionExecution]:
    with app.app_context():
        return list(db.session.scalars(select(ActionExecution).order_by(ActionExecution.id)))


def change(app: Flask, table: Any, **columns: object) -> None:
    """Set columns of every row, as a service of ours would: in one change that makes caches stale."""
    with app.app_context(), one_change() as session:
        session.execute(update(table).values(columns))
        raise_version(cast.workspace().id)


def switch_off(app: Flask) -> None:
    with app.app_context():
        flags.turn_off("mcp_server", workspace_id=cast.workspace().id, why="a test", principal=None)


@pytest.mark.parametrize(
    ("table", "columns", "status", "reason"),
    [
        (Token, {"revoked_at": now()}, 401, "credential_revoked"),
        (Grant, {"revoked_at": now()}, 401, "credential_revoked"),
        (Token, {"expires_at": now()}, 401, "credential_expired"),
        (Token, {"resource": "https://elsewhere.example/mcp"}, 401, "audience_mismatch"),
        (Person, {"deactivated_at": now()}, 403, "person_inactive"),
        (Grant, {"paused_at": now()}, 403, "grant_paused"),
    ],
)
@pytest.mark.parametrize("method", ["ping", "tools/list", "tools/call"])
def test_a_connection_that_ended_is_refused_on_its_next_request_and_recorded(
    speaker: Speaker, table: Any, columns: dict[str, object], status: int, reason: str, method: str
) -> None:
    assert speaker.legacy("ping").status_code == 200
    change(speaker.app, table, **columns)
    answer = speaker.legacy(method, DOCS if method == "tools/call" else None)
    assert answer.status_code == status
    assert answer.json["error"]["data"]["reason"] == reason
    assert ("invalid_token" in answer.headers.get("WWW-Authenticate", "")) == (status == 401)
    [row] = rows(speaker.app)
    assert (row.outcome, row.reason, row.method) == ("refused", reason, method)
    assert row.person_id
    assert row.client_id


@pytest.mark.parametrize("method", ["initialize", "ping", "tools/list", "tools/call", "notifications/initialized"])
def test_the_kill_switch_answers_403_to_every_method_under_the_requests_id(speaker: Speaker, method: str) -> None:
    switch_off(speaker.app)
    answer = speaker.legacy(method, DOCS if method == "tools/call" else None)
    assert (answer.status_code, answer.json["id"]) == (403, 1)
    assert answer.json["error"]["code"] == CODES[Reason.flag_off]
    assert "WWW-Authenticate" not in answer.headers
    assert [row.reason for row in rows(speaker.app)] == ["flag_off"]


def test_the_kill_switch_answers_403_to_bodies_of_any_kind_and_to_get(speaker: Speaker) -> None:
    switch_off(speaker.app)
    assert speaker.post(data=b"{").status_code == 403
    assert speaker.get("text/event-stream").status_code == 403
    assert speaker.modern("server/discover").status_code == 403


def test_a_stranger_leaves_no_row(speaker: Speaker) -> None:
    Speaker(speaker.app).legacy("ping")
    Speaker(speaker.app, "halo_at_made_up").legacy("ping")
    assert rows(speaker.app) == []


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_a_missing_scope_is_challenged_with_all_that_is_needed(app: Flask, era: str) -> None:
    speaker = a_speaker(app, "setup:read")
    answer = getattr(speaker, era)("tools/call", DOCS)
    assert answer.status_code == 403
    challenge = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="docs:read setup:read"' in challenge
    assert "resource_metadata=" in challenge
    assert answer.json["error"]["code"] == CODES[Reason.scope_missing]
    [row] = rows(app)
    assert (row.tool, row.reason) == ("search_docs", "scope_missing")


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_too_many_calls_are_429_with_the_time_to_wait(
    speaker: Speaker, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.DEFAULTS, "calls_per_client", 1)  # type: ignore[arg-type]
    first = getattr(speaker, era)("tools/call", DOCS)
    assert first.headers["RateLimit"].startswith('"calls_per_client";r=0')
    answer = getattr(speaker, era)("tools/call", DOCS)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.headers["RateLimit-Policy"] == '"calls_per_client";q=1;w=60'
    assert answer.json["error"]["data"]["reason"] == "rate_limited"
    assert [row.reason for row in rows(speaker.app)] == [None, "rate_limited"]


def test_codes_of_our_own_stay_out_of_the_reserved_range() -> None:
    own = [code for code in CODES.values() if code != -32602]
    assert len(set(own)) == len(own)
    assert not any(-32768 <= code <= -32000 for code in own)


def test_every_code_stands_in_the_documentation() -> None:
    page = (ROOT / "halo" / "docs" / "protocol-reference.md").read_text()
    for reason, code in CODES.items():
        if reason not in AS_RESULT | {Reason.tool_unknown}:
            assert f"| {code} | `{reason.name}` |" in page


@pytest.mark.parametrize(
    ("granted", "asked", "status"),
    [
        ("/api/mcp", "/api/mcp/w/acme", 200),
        ("/api/mcp/w/acme", "/api/mcp", 200),
        ("/api/mcp/w/acme", "/api/mcp/w/acme/", 200),
        ("/api/mcp", "/api/mcp/w/umbra", 401),
        ("/api/mcp/w/umbra", "/api/mcp", 401),
        ("/api/mcp", "/api/mcp/w/ACME", 200),
        ("/api/mcp/w/ACME", "/api/mcp/w/acme", 200),
        ("/api/mcp/w/acme", "/api/mcp/w/Acme/", 200),
        ("/api/mcp", "/api/mcp/w/UMBRA", 401),
        ("/api/mcp", "/api/mcp/w/nowhere", 401),
        ("/api/mcp", "/api/mcp/w/NO!", 404),
    ],
)
def test_a_token_serves_its_own_workspaces_addresses(app: Flask, granted: str, asked: str, status: int) -> None:
    answer = a_speaker(app, url=asked, resource=f"http://127.0.0.1:8000{granted}").legacy("ping")
    assert answer.status_code == status


def test_the_challenge_at_an_alias_names_the_aliass_own_document(app: Flask) -> None:
    challenge = Speaker(app, url="/api/mcp/w/acme").legacy("ping").headers["WWW-Authenticate"]
    assert "/.well-known/oauth-protected-resource/api/mcp/w/acme" in challenge


def test_the_row_of_a_call_tells_who_asked_how(speaker: Speaker) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    speaker.legacy("tools/call", DOCS, version="2025-06-18", User_Agent="Cursor/3.1", Traceparent=trace)
    speaker.modern("tools/call", DOCS)
    legacy, modern = rows(speaker.app)
    assert (legacy.protocol_version, legacy.client_info) == ("2025-06-18", "Cursor/3.1")
    assert (legacy.trace_id, legacy.request_id) == ("0af7651916cd43dd8448eb211c80319c", "1")
    assert (modern.protocol_version, modern.client_info) == (MODERN, "tests 1")
    assert modern.outcome == "ok"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Cursor\u200b\u202e", "Cursor 1"),
        ("\u3164Ｃｌｉｎｅ\n\n", "Cline 1"),
        ("علی\u200cرضا", "علی\u200cرضا 1"),
        ("x" * 500, "x" * 200),
        (" ", "1"),
    ],
)
def test_what_a_client_calls_itself_is_kept_as_it_is_seen(speaker: Speaker, name: str, kept: str) -> None:
    meta = envelope() | {f"{META}clientInfo": {"name": name, "version": "1"}}
    assert speaker.modern("tools/call", DOCS | {"_meta": meta}).status_code == 200
    assert rows(speaker.app)[-1].client_info == kept


@pytest.mark.parametrize("params", [{}, {"name": 5}, {"name": "search_docs", "arguments": "x"}])
def test_a_call_too_malformed_for_the_gate_leaves_a_row_too(speaker: Speaker, params: dict[str, object]) -> None:
    assert speaker.legacy("tools/call", params).json["error"]["code"] == -32602
    [row] = rows(speaker.app)
    assert (row.method, row.outcome, row.reason) == ("tools/call", "refused", "arguments_invalid")


def test_another_persons_token_is_another_connection(app: Flask) -> None:
    with app.app_context():
        tokens = [a_token(person=person) for person in (cast.OWNER, cast.ADMIN)]
    for token in tokens:
        Speaker(app, token).call("search_docs", query="scopes")
    assert len({row.person_id for row in rows(app)}) == 2


@pytest.mark.parametrize("odd", ["nul\x00", "x" * 500, "\u202e\U0001f600"])
def test_odd_names_and_headers_reach_the_log_and_break_nothing(speaker: Speaker, odd: str) -> None:
    params = {"name": odd, "arguments": {odd: odd}, "_meta": {"traceparent": odd}}
    assert speaker.legacy("tools/call", params).json["error"]["code"] == -32602
    meta = envelope() | {f"{META}clientInfo": {"name": odd, "version": odd}}
    said = {"name": "search_docs", "arguments": {"query": odd or "x"}, "_meta": meta}
    assert speaker.modern("tools/call", said).status_code == 200
    body = {"jsonrpc": "2.0", "id": odd[:400], "method": "tools/call", "params": {"name": "search_docs"}}
    assert speaker.post(body, User_Agent="x" * 500).status_code == 200
    assert len(rows(speaker.app)) == 3
