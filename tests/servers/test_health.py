"""How a server was found at its last real request: noted in its row, seldom, and never at the cost of an answer."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import event

from halo import facts
from halo.ground.database import db, within
from halo.ground.errors import UpstreamFailed
from halo.servers import health
from halo.servers.failures import LeftAlone, RefusedCall
from halo.servers.models import Server
from tests.servers.connected import FIND, a_person, a_server, answered, found
from tests.servers.upstream import MODERN, modern, theirs

DOWN = UpstreamFailed("http", "The server answered 500.")


@pytest.fixture
def server(app: Flask) -> Iterator[Server]:
    with app.app_context():
        yield a_server("https://shop.example/mcp", FIND)


@pytest.fixture
def notes(app: Flask) -> Iterator[list[str]]:
    """Every statement that changed a server's row."""
    seen: list[str] = []

    def watch(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE servers"):
            seen.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", watch)
        yield seen
        event.remove(db.engine, "before_cursor_execute", watch)


def test_a_process_notes_what_is_new_and_else_once_a_minute(
    server: Server, notes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(health.time, "monotonic", lambda: clock[0])
    for _ in range(3):
        health.went_well(server.id)
    assert len(notes) == 1
    for _ in range(3):
        health.failed(server.id, DOWN)
    stands = found(server)
    assert (len(notes), stands.problem_stage, stands.problem) == (2, "http", "The server answered 500.")
    assert stands.problem_at is not None
    health.failed(server.id, UpstreamFailed("tls", "Its certificate is not valid for this address."))
    assert (len(notes), found(server).problem_stage) == (3, "tls")
    health.went_well(server.id)
    health.went_well(server.id)
    stands = found(server)
    assert (len(notes), stands.problem_at, stands.problem_stage, stands.problem) == (4, None, "", "")
    clock[0] += health.SERVER_NOTED_SECONDS
    health.went_well(server.id)
    assert len(notes) == 5


def test_what_another_process_noted_stands_for_a_minute_at_most(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(health.time, "monotonic", lambda: clock[0])
    here, there = make_app(), make_app()
    with here.app_context():
        server = a_server("https://shop.example/mcp", FIND)
        health.failed(server.id, DOWN)
    with there.app_context():
        health.went_well(server.id)
        assert found(server).problem_at is None
    clock[0] += health.SERVER_NOTED_SECONDS
    with here.app_context():
        health.failed(server.id, DOWN)
        assert found(server).problem_at is not None


def test_who_refuses_a_call_is_well_and_whom_nobody_asked_says_nothing(server: Server, notes: list[str]) -> None:
    health.failed(server.id, LeftAlone(7))
    assert notes == []
    health.failed(server.id, RefusedCall("protocol", "The server refused it (error 7)."))
    stands = found(server)
    assert (stands.problem_at, stands.last_ok_at is not None) == (None, True)


def test_the_state_version_stays_and_so_does_what_is_cached(server: Server) -> None:
    before = facts.version_of(server.workspace_id)
    health.failed(server.id, DOWN)
    health.outdated(server.id)
    health.went_well(server.id)
    assert (facts.version_of(server.workspace_id), found(server).revision) == (before, 1)


def test_a_call_that_took_all_its_time_is_noted_all_the_same(server: Server) -> None:
    with within(-1):
        health.failed(server.id, DOWN)
    assert found(server).problem_stage == "http"


def test_a_note_that_fails_costs_no_answer_and_is_made_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("no note today")

    with app.app_context(), theirs(modern) as upstream:
        server = a_server(upstream.url, FIND, protocol_version=MODERN)
        with monkeypatch.context() as patched:
            patched.setattr(health, "one_change", broken)
            assert not answered(a_person(), "shop__find_orders", {"email": "a@b.test"}).answer.is_error
        assert found(server).last_ok_at is None
        answered(a_person(), "shop__find_orders", {"email": "a@b.test"})
        assert found(server).last_ok_at is not None


def test_a_list_is_asked_for_once_in_a_while_and_never_later_than_it_is_due(server: Server, notes: list[str]) -> None:
    soon = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    row = found(server)
    row.due_at = soon
    db.session.commit()
    notes.clear()
    for _ in range(3):
        health.outdated(server.id)
    assert (found(server).due_at, len(notes)) == (soon, 1)
