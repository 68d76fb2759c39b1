"""Every attempt of a known caller is recorded, and no request spoils the rows of others."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from halo.flags import service as flags
from halo.ground import limits
from halo.ground.database import db
from halo.ledger import mask
from halo.ledger.models import ActionExecution
from halo.ledger.redact import LARGEST, REDACTED, redact
from tests import cast
from tests.factories import a_token
from tests.mcp.speaker import Speaker

DOCS = {"name": "search_docs", "arguments": {"query": "scopes"}}


def rows(app: Flask) -> list[ActionExecution]:
    with app.app_context():
        return list(db.session.scalars(select(ActionExecution).order_by(ActionExecution.id)))


@pytest.fixture
def expired(app: Flask) -> Speaker:
    with app.app_context():
        return Speaker(app, a_token(seconds=-10))


def test_a_refused_caller_with_an_endless_version_is_recorded_and_answered(expired: Speaker) -> None:
    assert expired.legacy("tools/call", DOCS, version="2026-" + "9" * 400).status_code == 401
    assert [row.reason for row in rows(expired.app)] == ["credential_expired"]


@pytest.mark.parametrize("meta", [[1], "x", 7])
def test_a_refused_caller_with_a_strange_meta_is_recorded_and_answered(expired: Speaker, meta: Any) -> None:
    assert expired.legacy("tools/call", DOCS | {"_meta": meta}).status_code == 401
    assert [row.reason for row in rows(expired.app)] == ["credential_expired"]


@pytest.mark.parametrize("params", [{"name": "search_docs", "arguments": [1]}, {"arguments": {}}, {"name": 7}, None])
def test_a_malformed_call_is_recorded(app: Flask, params: Any) -> None:
    with app.app_context():
        speaker = Speaker(app, a_token())
    assert "error" in speaker.legacy("tools/call", params).json
    [row] = rows(app)
    assert (row.method, row.outcome, row.reason) == ("tools/call", "refused", "arguments_invalid")


CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": DOCS}
PING = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
NO_ID = {name: value for name, value in CALL.items() if name != "id"}


@pytest.mark.parametrize("body", [CALL | {"id": 1.5}, CALL | {"id": None}, CALL | {"jsonrpc": "1.0"}, NO_ID])
def test_a_call_that_is_no_request_is_recorded(app: Flask, body: dict[str, Any]) -> None:
    with app.app_context():
        speaker = Speaker(app, a_token())
    speaker.post(body)
    [row] = rows(app)
    assert (row.method, row.tool, row.outcome) == ("tools/call", "search_docs", "refused")


@pytest.mark.parametrize("body", [PING | {"id": 1.5}, PING | {"id": None}, NO_ID | {"method": "notifications/x"}])
def test_what_is_no_call_leaves_no_row(app: Flask, body: dict[str, Any]) -> None:
    with app.app_context():
        speaker = Speaker(app, a_token())
    speaker.post([body])
    speaker.post(body)
    assert rows(app) == []


def test_every_call_of_a_batch_is_recorded_where_the_connection_is_refused(app: Flask) -> None:
    with app.app_context():
        speaker = Speaker(app, a_token())
        flags.turn_off("mcp_server", workspace_id=cast.workspace().id, why="test", principal=None)
    assert speaker.post([CALL, CALL | {"id": 1.5}, PING, CALL | {"id": "b"}]).status_code == 403
    assert [(row.method, row.reason) for row in rows(app)] == [
        ("tools/call", "flag_off"),
        ("tools/call", "flag_off"),
        ("ping", "flag_off"),
        ("tools/call", "flag_off"),
    ]


def test_a_batch_of_a_dead_token_is_recorded_only_as_often_as_single_calls(expired: Speaker) -> None:
    for _ in range(3):
        assert expired.post([CALL] * 20).status_code == 401
    assert len(rows(expired.app)) == limits.DEAD_CALLS_PER_CONNECTION


@pytest.mark.parametrize(
    ("body", "version", "recorded"),
    [
        ([CALL, PING, CALL], "2025-11-25", 2),
        ([CALL] * 21, None, 20),
        ([PING] * 21, None, 0),
        ([], None, 0),
        ([CALL, [CALL], CALL | {"id": None}], None, 2),
    ],
)
def test_every_call_of_a_batch_is_recorded(app: Flask, body: list[Any], version: str | None, recorded: int) -> None:
    with app.app_context():
        speaker = Speaker(app, a_token())
    speaker.post(body, MCP_Protocol_Version=version)
    assert [(row.method, row.tool) for row in rows(app)] == [("tools/call", "search_docs")] * recorded


def test_a_modern_call_whose_headers_lie_is_recorded(app: Flask) -> None:
    with app.app_context():
        speaker = Speaker(app, a_token())
    assert speaker.modern("tools/call", DOCS, Mcp_Name="read_doc").status_code == 400
    assert [(row.tool, row.outcome) for row in rows(app)] == [("search_docs", "refused")]


@pytest.mark.parametrize(
    "name", ["accessToken", "userPassword", "clientSecret", "access-token", "X-Api-Key", "new.password", "passphrase"]
)
def test_a_secret_is_known_by_its_name_however_it_is_spelled(name: str) -> None:
    assert redact({name: "correct horse"}, "redacted") == {name: REDACTED}


@pytest.mark.parametrize("name", ["cursor", "query", "tokenizer", "max_results", "passage", "secretary"])
def test_ordinary_names_stay(name: str) -> None:
    assert redact({name: "x"}, "redacted") == {name: "x"}


def test_a_card_sent_as_a_number_is_replaced() -> None:
    assert redact({"card": 4242424242424242, "order": 1234567890123}, "redacted") == {
        "card": REDACTED,
        "order": 1234567890123,
    }


@pytest.mark.parametrize("mode", ["redacted", "none"])
def test_a_name_hides_no_secret(mode: str) -> None:
    assert "abcdefgh12345678" not in str(redact({"halo_at_abcdefgh12345678": 1}, mode))


@pytest.mark.parametrize("secret", ["halo_ss_abcdefgh12345678", "halo_in_abcdefgh12345678"])
def test_every_kind_of_our_own_secrets_is_replaced(secret: str) -> None:
    assert secret not in str(redact({"q": secret}, "redacted"))


def test_a_caller_cannot_fill_the_log() -> None:
    kept = redact({"q": ["words of a book"] * 60_000, **{f"n{i}": 1 for i in range(5000)}}, "redacted")
    assert len(repr(kept)) < LARGEST
    assert kept["q"] == REDACTED


def test_who_may_not_read_personal_data_reads_none_in_names_and_numbers() -> None:
    shown = mask.masked({"ana@acme.test": True, "phone": 4915112345678, "limit": 10}, "data_find_user")
    assert shown == {"a•••@acme.test": True, "phone": "•••", "limit": 10}
