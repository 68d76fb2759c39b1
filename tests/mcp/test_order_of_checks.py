"""The order of the checks at the door: origin, credential, size, type, JSON, message."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from halo.mcp.protocol import HALF_A_PAIR
from tests.mcp.speaker import Speaker, a_speaker

PING = {"jsonrpc": "2.0", "id": 7, "method": "ping"}
BASE = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (BASE, 200),
        ("http://localhost:6274", 200),
        ("https://inspector.test", 200),
        ("https://evil.example", 403),
        ("null", 403),
        ("http://127.0.0.1.evil.example", 403),
        ("http://[", 403),
    ],
)
def test_a_page_of_another_origin_is_refused(make_app: Callable[..., Flask], origin: str, status: int) -> None:
    speaker = a_speaker(make_app(origins=("https://inspector.test",)))
    assert speaker.post(PING, Origin=origin).status_code == status


def test_loopback_pages_are_strangers_to_a_public_server(make_app: Callable[..., Flask]) -> None:
    app = make_app(base_url="https://halo.example")
    speaker = a_speaker(app, resource="https://halo.example/api/mcp")
    assert speaker.post(PING, Origin="http://localhost:6274").status_code == 403
    assert speaker.post(PING, Origin="https://halo.example").status_code == 200


def test_a_strange_origin_is_told_before_a_missing_token(app: Flask) -> None:
    answer = Speaker(app).post(PING, Origin="https://evil.example")
    assert answer.status_code == 403
    assert answer.json["error"]["data"]["reason"] == "origin_refused"


@pytest.mark.parametrize("credential", ["", "Bearer", "Bearer ", "Basic b3duZXI6cGFzc3dvcmQ=", "halo_at_x"])
def test_what_is_no_bearer_token_is_challenged_to_begin(app: Flask, credential: str) -> None:
    answer = Speaker(app).post(PING, Authorization=credential)
    assert answer.status_code == 401
    assert "error=" not in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("token", ["halo_at_unknown", "x" * 9000, "halo_at_one halo_at_two", "halo_at_one, Bearer two"])
def test_an_unknown_bearer_token_is_an_invalid_one(app: Flask, token: str) -> None:
    answer = Speaker(app, token).post(PING)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_the_scheme_may_be_written_in_any_case(speaker: Speaker) -> None:
    assert speaker.post(PING, Authorization=f"bearer  {speaker.token}").status_code == 200


def test_a_token_in_the_address_is_no_credential(speaker: Speaker) -> None:
    stranger = Speaker(speaker.app, url=f"{speaker.url}?access_token={speaker.token}&token={speaker.token}")
    assert stranger.post(PING).status_code == 401


def test_the_credential_is_asked_before_the_body_is_read(app: Flask) -> None:
    assert Speaker(app).post(data=b"{" * 2_000_000).status_code == 401


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_another_content_type_is_415(speaker: Speaker, kind: str) -> None:
    assert speaker.post(PING, Content_Type=kind).status_code == 415


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_by_any_spelling_is_taken(speaker: Speaker, kind: str) -> None:
    assert speaker.post(PING, Content_Type=kind).status_code == 200


def test_a_length_of_thousands_of_digits_is_413(speaker: Speaker) -> None:
    environ = {"CONTENT_LENGTH": "9" * 5000}
    headers = {"Authorization": f"Bearer {speaker.token}", "Content-Type": "application/json"}
    answer = speaker.app.test_client().post("/api/mcp", headers=headers, environ_overrides=environ)
    assert answer.status_code == 413


def test_a_body_over_a_megabyte_is_413(speaker: Speaker) -> None:
    answer = speaker.post(data=b" " * 1_000_001)
    assert answer.status_code == 413
    assert answer.json["error"]["code"] == -32600


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (b"", ""),
        (b"{", ""),
        (b"\xff\xfe", ""),
        (b"nonsense", ""),
        (b'{"a":NaN}', ""),
        (b"[" * 5000, ""),
        (b'"\\ud800"', f" {HALF_A_PAIR}"),
        (b'{"a":"x\\uDC00"}', f" {HALF_A_PAIR}"),
    ],
)
def test_a_body_that_is_not_json_is_a_parse_error(speaker: Speaker, body: bytes, more: str) -> None:
    answer = speaker.post(data=body)
    assert answer.status_code == 400
    assert answer.json == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": -32700, "message": f"The body is not valid JSON.{more}"},
    }


def test_deep_nesting_is_refused_and_wide_bodies_are_not(speaker: Speaker) -> None:
    deep = '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"a":' + "[" * 40 + "]" * 40 + "}}}"
    assert speaker.post(data=deep).json["error"]["code"] == -32600
    wide = '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":{"a":[' + ",".join(["[]"] * 500) + "]}}}"
    assert speaker.post(data=wide).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        None,
        7,
        "ping",
        {},
        {"jsonrpc": "2.0", "id": 1},
        {"jsonrpc": "1.0", "id": 1, "method": "ping"},
        {"id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "id": 1, "method": 5},
        {"jsonrpc": "2.0", "id": 1, "method": ["ping"]},
        {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": [1]},
        {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": "x"},
        *({"jsonrpc": "2.0", "id": it, "method": "ping"} for it in (None, True, 1.5, 1.0, [1], {"a": 1}, "x" * 600)),
    ],
)
def test_what_is_not_one_well_formed_message_is_an_invalid_request(speaker: Speaker, body: object) -> None:
    answer = speaker.post(body)
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == -32600
