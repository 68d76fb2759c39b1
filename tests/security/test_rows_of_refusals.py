"""What writes an audit row is counted first, against whoever caused it; past the limit one row stands for the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from halo.flags import service as flags
from halo.ground import limits
from halo.ground.database import db, now, one_change
from halo.ledger import folded
from halo.ledger.changes import raise_version
from halo.ledger.models import ActionExecution
from halo.oauth.models import Grant, Token
from tests import cast
from tests.factories import a_grant, a_token
from tests.mcp.speaker import Speaker, a_speaker
from tests.support.browser import Browser

QUOTA = 5
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search_docs", "arguments": {}}}
NOTE = {name: value for name, value in CALL.items() if name != "id"}
MALFORMED = CALL | {"params": {"name": 5}}


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.DEFAULTS, "calls_per_client", QUOTA)  # type: ignore[arg-type]


def rows(app: Flask) -> list[tuple[str | None, int]]:
    """Reason of every row, and how many attempts it stands for."""
    with app.app_context():
        folded.flush()
        found = db.session.scalars(select(ActionExecution).order_by(ActionExecution.id))
        return [(row.reason, row.stands_for) for row in found]


def change(app: Flask, table: Any, **columns: object) -> None:
    with app.app_context(), one_change() as session:
        session.execute(update(table).values(columns))
        raise_version(cast.workspace().id)


def switch_off(app: Flask) -> None:
    with app.app_context():
        flags.turn_off("mcp_server", workspace_id=cast.workspace().id, why="a test", principal=None)


def test_a_client_in_a_loop_costs_its_workspace_no_more_than_its_own_limit(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.DEFAULTS, "calls_per_workspace", QUOTA + 2)  # type: ignore[arg-type]
    looping, quiet = a_speaker(app), a_speaker(app, person=cast.ADMIN)
    for _ in range(QUOTA * 4):
        last = looping.call("search_docs", query="x")
    assert last.status_code == 429
    assert "calls per client" in last.json["error"]["message"]
    assert [quiet.call("search_docs", query="x").status_code for _ in range(3)] == [200, 200, 429]


def test_a_client_in_a_loop_leaves_one_row_for_all_that_is_past_its_limit(app: Flask) -> None:
    looping = a_speaker(app)
    for _ in range(QUOTA * 3):
        looping.call("no_such_tool")
    assert rows(app) == [("tool_unknown", 1)] * QUOTA + [("rate_limited", 2 * QUOTA)]


@pytest.mark.parametrize("body", [[NOTE] * 20, [MALFORMED] * 20, [CALL | {"id": None}] * 20])
def test_batches_of_what_is_no_call_count_like_calls(app: Flask, body: list[object]) -> None:
    speaker = a_speaker(app)
    for _ in range(3):
        speaker.post(body)
    assert rows(app) == [("arguments_invalid", 1)] * QUOTA + [("rate_limited", 60 - QUOTA)]
    refused = speaker.call("search_docs", query="x")
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)


@pytest.mark.parametrize(
    ("body", "version"), [(MALFORMED, "2025-11-25"), ([CALL] * 20, "2025-11-25"), ([CALL] * 21, None)]
)
def test_malformed_calls_past_the_limit_are_told_when_to_come_back(
    app: Flask, body: object, version: str | None
) -> None:
    speaker = a_speaker(app)
    for _ in range(QUOTA + 1):
        last = speaker.post(body, MCP_Protocol_Version=version)
    assert last.status_code == 429
    assert last.json["error"]["data"]["reason"] == "rate_limited"
    assert 1 <= int(last.headers["Retry-After"]) <= 60
    assert len(rows(app)) == QUOTA + 1


@pytest.mark.parametrize(
    ("spoil", "headers", "status", "reason"),
    [
        (lambda app: change(app, Grant, paused_at=now()), {}, 403, "grant_paused"),
        (lambda app: change(app, Token, resource="https://elsewhere.example/mcp"), {}, 401, "audience_mismatch"),
        (lambda app: None, {"Halo_Customer_Token": "no token"}, 403, "customer_token_invalid"),
        (switch_off, {}, 403, "flag_off"),
    ],
)
def test_a_connection_that_is_refused_says_why_each_time_and_writes_no_more_rows_than_its_limit(
    app: Flask, spoil: Callable[[Flask], None], headers: dict[str, str], status: int, reason: str
) -> None:
    speaker = a_speaker(app)
    spoil(app)
    answers = [speaker.post([CALL, CALL], **headers) for _ in range(QUOTA)]
    assert {answer.status_code for answer in answers} == {status}
    assert {answer.json["error"]["data"]["reason"] for answer in answers} == {reason}
    assert rows(app) == [(reason, 1)] * QUOTA + [(reason, QUOTA)]


def test_an_old_token_costs_the_live_one_of_its_connection_nothing(app: Flask) -> None:
    with app.app_context():
        grant = a_grant()
        old, new = a_token(grant=grant, seconds=-1), a_token(grant=grant)
    stale = Speaker(app, old)
    for _ in range(limits.DEAD_CALLS_PER_CONNECTION + QUOTA):
        assert stale.call("search_docs", query="x").status_code == 401
    assert Speaker(app, new).call("search_docs", query="x").status_code == 200
    told = rows(app)
    assert told[-2:] == [("credential_expired", 1 + QUOTA), (None, 1)]
    assert len(told) == limits.DEAD_CALLS_PER_CONNECTION + 1


def test_the_number_stands_on_the_page_of_the_row_in_its_sentence_and_in_the_export(
    app: Flask, browser: Browser
) -> None:
    looping = a_speaker(app)
    for _ in range(QUOTA * 2):
        looping.call("no_such_tool")
    rows(app)
    browser.sign_in(cast.OWNER)
    assert f"({QUOTA} times within a minute)" in browser.get("/dashboard/audit?reason=rate_limited").text
    with app.app_context():
        row = db.session.scalar(select(ActionExecution.id).where(ActionExecution.reason == "rate_limited"))
    assert f"{QUOTA} attempts within about a minute" in browser.get(f"/dashboard/audit/{row}").text
    exported = browser.client.get("/dashboard/audit/export.jsonl?reason=rate_limited").text
    assert f'"stands_for":{QUOTA}' in exported


def test_numbers_wait_for_a_database_that_is_away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    looping = a_speaker(app)
    for _ in range(QUOTA + 3):
        looping.call("no_such_tool")

    def away(*_: object) -> None:
        raise OSError("no space left on the device")

    with monkeypatch.context() as patched, app.app_context():
        patched.setattr(folded._folder.get(), "_open_sink", away)
        folded.flush()
    assert rows(app)[-1] == ("rate_limited", 3)
