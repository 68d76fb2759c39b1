"""PostgreSQL that is frozen or gone: refused in words and in time at every door, and back by itself."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from halo import create_app
from halo.ground.database import db, postgres
from halo.health import doctor
from halo.ledger.models import ActionExecution
from halo.perform import rows as rows_of_calls
from tests import cast
from tests.contacts.site import send
from tests.mcp.speaker import Speaker, a_speaker
from tests.oauth.flow import AUTHORIZE, REGISTER, REVOKE, TOKEN, signed_in
from tests.support import postgres as postgres_server
from tests.support import stores
from tests.support.parts import require

OUTAGES = pytest.mark.parametrize("outage", ["stop", "freeze"])
BACK = {"stop": "come_back", "freeze": "thaw"}
NAMED = {"client_id": "halo_client_x"}
IN_TIME = 30.0
"""Seconds; without any care it would be for ever. How long it takes on an idle machine is `postgres`' own constants."""


@pytest.fixture(scope="module")
def server() -> Iterator[postgres_server.Server]:
    """One of this file's own, to freeze and to stop."""
    require("PostgreSQL", postgres_server.find)
    with tempfile.TemporaryDirectory(prefix="halo-own-") as folder:  # where another account can reach it
        held = postgres_server.Server(Path(folder))
        held.start()
        yield held
        held.stop()


@pytest.fixture(scope="module")
def store(server: postgres_server.Server) -> stores.Store:
    return stores.populated(f"{server.url}/postgres", server.folder.parent / "instance")


@pytest.fixture
def ours(store: stores.Store, tmp_path: Path) -> Iterator[Flask]:
    postgres._watches.clear()  # what the last test saw
    app = create_app(store.settings(instance=tmp_path / "instance"))
    yield app
    stores.close(app)


class Outage:
    """Begins when it is entered, and is over afterwards, whatever the test did."""

    def __init__(self, server: postgres_server.Server, kind: str) -> None:
        self._server, self._kind = server, kind

    def __enter__(self) -> None:
        getattr(self._server, self._kind)()

    def __exit__(self, *_: object) -> None:
        getattr(self._server, BACK[self._kind])()


def is_told_in_time(answer: Callable[[], TestResponse]) -> TestResponse:
    """The answer of a door to what it cannot do now: 503, and when to come back."""
    began = time.monotonic()
    said = answer()
    assert time.monotonic() - began < IN_TIME
    assert said.status_code == 503, said.text
    assert int(said.headers["Retry-After"]) >= 1
    return said


def until_it_answers(speaker: Speaker) -> None:
    """Calls are answered again by themselves, soon."""
    deadline = time.monotonic() + IN_TIME
    while (answer := speaker.call("search_docs", query="x")).status_code != 200:
        assert answer.status_code == 503, answer.text
        assert time.monotonic() < deadline
        time.sleep(0.1)


def rows(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(ActionExecution)) or 0


@OUTAGES
def test_every_door_says_so_in_its_own_language(server: postgres_server.Server, ours: Flask, outage: str) -> None:
    speaker, browser, client = a_speaker(ours), signed_in(ours), ours.test_client()
    speaker.call("search_docs", query="x")
    page = {"Accept": "text/html"}
    with Outage(server, outage):
        called = is_told_in_time(lambda: speaker.call("search_docs", query="x"))
        assert called.json["error"]["data"]["reason"] == "unavailable"
        assert "does not answer" in called.json["error"]["message"]
        for ask in (
            lambda: client.post(TOKEN, data=NAMED | {"grant_type": "refresh_token", "refresh_token": "halo_rt_x"}),
            lambda: client.post(REVOKE, data=NAMED | {"token": "halo_rt_x"}),
            lambda: client.post(REGISTER, json={"redirect_uris": ["https://client.example/callback"]}),
        ):
            assert is_told_in_time(ask).json["error"] == "temporarily_unavailable"
        told = is_told_in_time(lambda: send(client, "events", {"events": []}))
        assert (told.json["error"], told.headers["Access-Control-Allow-Origin"]) == ("unavailable", "*")
        for path in ("/dashboard", "/dashboard/audit", "/dashboard/apps", f"{AUTHORIZE}?client_id=halo_client_x"):
            shown = is_told_in_time(partial(browser.client.get, path, headers=page))
            assert "<h1>Halo cannot do this now</h1>" in shown.text, path
        assert is_told_in_time(lambda: browser.client.get("/dashboard", headers={"Accept": "application/json"})).is_json
        assert client.get("/healthz").status_code == 200
        assert client.get("/").status_code == 200
    until_it_answers(speaker)


@OUTAGES
def test_no_call_is_answered_without_its_row_whatever_comes_between(
    server: postgres_server.Server, ours: Flask, outage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database goes between the gate and the tool: there is nothing left to write the row to."""
    speaker = a_speaker(ours)
    until_it_answers(speaker)
    before, held, spend = rows(ours), Outage(server, outage), rows_of_calls.spend

    def gone(*arguments: Any) -> Any:
        held.__enter__()
        return spend(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(rows_of_calls, "spend", gone)
        try:
            is_told_in_time(lambda: speaker.call("search_docs", query="x"))
        finally:
            held.__exit__()
    until_it_answers(speaker)
    assert rows(ours) == before + 1


@OUTAGES
def test_operators_are_told_in_a_line_and_not_in_tracebacks(
    server: postgres_server.Server, ours: Flask, outage: str, caplog: pytest.LogCaptureFixture
) -> None:
    speaker = a_speaker(ours)
    until_it_answers(speaker)
    caplog.clear()
    with Outage(server, outage):
        for _ in range(3):
            is_told_in_time(lambda: speaker.call("search_docs", query="x"))
        answer = ours.test_client().get("/readyz")
        with ours.app_context():
            said = doctor.examine(ours.extensions["halo"], lambda _: [])
    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    assert answer.json["checks"]["database"] == "does not answer"
    assert any(it.kind == "problem" and "database does not answer" in it.sentence for it in said)
    assert not [it for it in caplog.records if it.exc_info]
    assert [it.levelno for it in caplog.records if it.message == "PostgreSQL does not answer"] == [logging.WARNING]
    until_it_answers(speaker)
    assert ours.test_client().get("/readyz").json["status"] == "ok"


def test_a_restart_between_two_calls_is_invisible(server: postgres_server.Server, ours: Flask) -> None:
    speaker, browser = a_speaker(ours), signed_in(ours)
    until_it_answers(speaker)
    browser.get("/dashboard")
    server.stop()
    server.come_back()
    assert speaker.call("search_docs", query="x").status_code == 200
    browser.get("/dashboard")


def test_while_it_is_away_one_caller_looks_and_the_others_do_not_wait(
    server: postgres_server.Server, ours: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    speaker = a_speaker(ours)
    until_it_answers(speaker)
    looked = []
    with Outage(server, "freeze"):
        is_told_in_time(lambda: speaker.call("search_docs", query="x"))
        monkeypatch.setattr(postgres, "LOOK_SECONDS", 3600)
        monkeypatch.setattr(postgres, "_knock", lambda _: looked.append(1))
        for _ in range(50):
            is_told_in_time(lambda: speaker.call("search_docs", query="x"))
        assert looked == []
    monkeypatch.undo()
    until_it_answers(speaker)


def test_a_statement_that_takes_its_time_is_waited_for_while_the_server_lives(
    ours: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "SILENCE_SECONDS", 0.05)
    with ours.app_context(), postgres.Connection.connect(ours.extensions["halo"].database_url) as connection:
        assert connection.execute("SELECT 7 FROM pg_sleep(0.5)").fetchall() == [(7,)]


def test_a_server_that_says_nothing_behind_an_open_door_is_given_up_at_last(
    ours: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "PATIENCE_SECONDS", 0.2)
    connection = postgres.Connection.connect(ours.extensions["halo"].database_url)
    with pytest.raises(postgres.NotAnswering):
        connection.execute("SELECT pg_sleep(600)")
    assert connection.closed


@OUTAGES
@pytest.mark.parametrize("body", [b"0", b"[]", b'{"redirect_uris": ["x"]}', b"{"])
def test_what_is_wrong_with_a_registration_is_said_although_nobody_can_note_it(
    server: postgres_server.Server, ours: Flask, outage: str, body: bytes
) -> None:
    with Outage(server, outage):
        answer = ours.test_client().post(REGISTER, data=body)
    assert answer.status_code == 400
    assert answer.json["error"] in ("invalid_client_metadata", "invalid_redirect_uri")


def test_a_mistake_of_ours_is_no_outage(ours: Flask) -> None:
    connection = postgres.Connection.connect(ours.extensions["halo"].database_url)
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM nowhere")
    connection.close()


def test_the_sign_in_form_keeps_the_reader_on_a_page_of_words(server: postgres_server.Server, ours: Flask) -> None:
    browser = signed_in(ours, cast.OWNER)
    browser.get("/dashboard")
    with Outage(server, "freeze"):
        form = {"email": cast.OWNER, "password": cast.PASSWORD}
        shown = is_told_in_time(lambda: browser.client.post("/signin", data=form, headers={"Accept": "text/html"}))
    assert "nothing that was there before is lost" in shown.text
