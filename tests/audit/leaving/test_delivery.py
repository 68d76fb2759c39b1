"""Rows leave in order, each at least once, whatever the receiver does; nobody's call waits for it."""

from __future__ import annotations

import datetime
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from halo.audit.leaving import pieces, sending, streams
from halo.audit.leaving.streams import WantedStream
from halo.audit.models import Stream
from halo.ground import settings
from halo.ground.database import db, new_id, now, one_change
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.jobs import declared, runner
from halo.ledger import moments, settled, sinks
from halo.ledger.models import ActionExecution, Change
from tests import cast
from tests.audit.leaving.receiver import Receiver, receiver
from tests.audit.test_calls import a_call

__all__ = ["receiver"]
HOUR = datetime.timedelta(hours=1)


@pytest.fixture(autouse=True)
def settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written leaves in the next millisecond."""
    monkeypatch.setattr(settled, "SETTLED", datetime.timedelta(0))
    monkeypatch.setattr(settled, "FRESH", datetime.timedelta(0))


def member(email: str, *lacks: Permission) -> Member:
    """Somebody of Acme, without some permissions."""
    person, workspace = cast.person(email), cast.workspace()
    held = frozenset(Permission) - set(lacks)
    return Member(person.id, person.name, email, False, "s", workspace.id, workspace.slug, workspace.name, None, held)


def a_stream(url: str, **changed: Any) -> str:
    given: dict[str, Any] = {
        "kind": "webhook", "address": url, "takes_calls": True, "takes_changes": False, "payloads": "masked"
    }  # fmt: skip
    begins = changed.pop("from_the_beginning", True)
    principal = changed.pop("principal", None) or member(cast.OWNER)
    stream, _ = streams.add(
        WantedStream(**given | changed), from_the_beginning=begins, settings=settings.current(), principal=principal
    )
    return stream.id


def run(stream_id: str, at: datetime.datetime | None = None) -> str:
    """What a worker does with the stream, at once or at another time."""
    last = new_id()
    while moments.first_id(now()) <= last:
        pass  # the millisecond of the last row is over
    job = declared.find(streams.JOB)
    assert job is not None
    outcome = runner.run(job, stream_id, clock=(lambda: at) if at else now)
    db.session.rollback()
    db.session.expire_all()
    return outcome


def stream_of(stream_id: str) -> Stream:
    db.session.rollback()
    return db.session.get_one(Stream, stream_id, populate_existing=True)


def calls_of(slug: str = cast.ACME) -> list[str]:
    db.session.rollback()
    mine = ActionExecution.workspace_id == cast.workspace(slug).id
    return list(db.session.scalars(select(ActionExecution.id).where(mine).order_by(ActionExecution.id)))


def test_every_row_of_the_workspace_leaves_once_and_in_order(
    app: Flask, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "ROWS", 2)
    with app.app_context():
        for number in range(5):
            a_call(tool=f"tool_{number}")
        a_call(cast.UMBRA)
        stream = a_stream(receiver.url)
        assert run(stream) == "done"
        assert receiver.taken() == calls_of() and [len(each.ids) for each in receiver.messages] == [2, 2, 1]
        assert stream_of(stream).delivered == 5 and stream_of(stream).due_at is not None
        a_call(tool="tool_5")
        run(stream, now() + HOUR)
        assert receiver.taken() == calls_of()
        told = receiver.messages[0].told
        assert told["data"]["workspace"]["slug"] == cast.ACME and told["type"] == "audit.batch"
        assert told["data"]["rows"][0]["arguments"]["email"].endswith("@customer.test") is True
        assert "mia@" not in receiver.messages[0].body.decode()


def test_calls_and_changes_leave_in_one_order(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        a_call()
        stream = a_stream(receiver.url, takes_changes=True)
        a_call()
        run(stream)
        kinds = [(row["kind"], row.get("event")) for row in receiver.messages[0].told["data"]["rows"]]
        assert kinds[-3:] == [("call", None), ("change", "stream.added"), ("call", None)]
        assert receiver.taken() == sorted(receiver.taken())
        theirs = Change.workspace_id == cast.workspace(cast.UMBRA).id
        assert not set(db.session.scalars(select(Change.id).where(theirs))) & set(receiver.taken())


def test_a_stream_from_now_on_sends_nothing_older(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        a_call(tool="before")
        stream = a_stream(receiver.url, from_the_beginning=False)
        a_call(tool="after")
        run(stream)
        assert [row["tool"] for row in receiver.messages[0].told["data"]["rows"]] == ["after"]


@pytest.mark.parametrize("trouble", [500, 401, 302, Receiver.LOST], ids=str)
def test_what_was_not_taken_comes_again_as_the_same_message(app: Flask, receiver: Receiver, trouble: int) -> None:
    with app.app_context():
        a_call()
        stream = a_stream(receiver.url)
        receiver.answer(trouble, Location=receiver.url)
        assert run(stream) == "failed"
        row = stream_of(stream)
        assert (row.position, row.attempts, bool(row.failing_since), bool(row.trouble)) == ("", 1, True, True)
        assert row.due_at is not None and row.due_at > now()
        a_call()  # does not get into the message that is under way
        assert run(stream, now() + HOUR) == "done"
        first, again, rest = receiver.messages
        assert (first.body, first.headers["webhook-id"]) == (again.body, again.headers["webhook-id"])
        assert again.ids + rest.ids == calls_of()
        row = stream_of(stream)
        assert (row.failing_since, row.trouble, row.attempts) == (None, "", 0)


def test_a_receiver_that_is_away_for_an_hour_costs_no_row_and_no_call(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        stream = a_stream("http://127.0.0.1:9/")  # nobody listens there, and nobody is asked
        at, pauses = now(), []
        while at < now() + HOUR:
            a_call()
            assert run(stream, at) == "failed"
            due = stream_of(stream).due_at
            assert due is not None
            pauses.append(due - at)
            at = due
        assert len(pauses) < 40 and pauses[-1] > pauses[0]
        wanted = WantedStream("webhook", receiver.url, True, False, "masked")
        streams.change(stream, wanted, settings=settings.current(), principal=member(cast.OWNER))
        assert run(stream, at + HOUR) == "done"
        assert receiver.taken() == calls_of() and len(calls_of()) == len(pauses)


def test_a_receiver_that_takes_its_time_is_given_up_and_asked_again(
    app: Flask, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        a_call()
        stream = a_stream(receiver.url)
        receiver.answer(receiver.SLOW)
        with monkeypatch.context() as patch:
            patch.setattr(sending, "STREAM_SECONDS", 0.05)
            assert run(stream) == "failed" and "0.05 s" in stream_of(stream).trouble
        receiver.go_on.set()
        assert run(stream, now() + HOUR) == "done"
        assert receiver.messages[-1].ids == calls_of()


def test_who_asks_to_be_left_alone_is(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        a_call()
        stream = a_stream(receiver.url)
        receiver.answer(429, Retry_After="1800")
        assert run(stream) == "failed"
        assert run(stream, now() + HOUR / 4) == "done" and len(receiver.messages) == 1
        due = stream_of(stream).due_at
        assert due is not None and due > now() + HOUR / 3
        with one_change():
            db.session.get_one(Stream, stream).not_before = now()
        run(stream, now() + HOUR)
        assert receiver.messages[-1].ids == calls_of()


def test_a_receiver_that_is_gone_for_good_is_sent_nothing_any_more(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        a_call()
        stream = a_stream(receiver.url)
        receiver.answer(410)
        assert run(stream) == "done"
        row = stream_of(stream)
        assert row.is_paused and row.due_at is None and "gone for good" in row.trouble
        assert db.session.scalar(select(Change.event).order_by(Change.id.desc()).limit(1)) == "stream.ended"


def test_while_it_is_paused_nothing_leaves_and_nothing_is_lost(app: Flask, receiver: Receiver) -> None:
    with app.app_context():
        stream = a_stream(receiver.url)
        streams.pause(stream, principal=member(cast.OWNER))
        a_call()
        assert run(stream, now() + HOUR) == "taken" and receiver.messages == []
        streams.resume(stream, principal=member(cast.OWNER))
        run(stream, now() + HOUR)
        assert receiver.taken() == calls_of()


def test_a_message_has_bounds(app: Flask, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "BYTES", 10_000)
    with app.app_context():
        for _ in range(4):
            a_call(arguments={"query": "x" * 6000})
        run(a_stream(receiver.url))
        assert [len(each.ids) for each in receiver.messages] == [1, 1, 1, 1] and receiver.taken() == calls_of()


def test_a_row_whose_commit_comes_late_is_not_passed_over(app: Flask, receiver: Receiver) -> None:
    """Of two writers the one with the earlier id commits later."""
    began, seen = threading.Event(), threading.Event()

    def slow() -> None:
        with app.app_context(), one_change() as session:
            session.add(
                ActionExecution(id=early, at=now(), workspace_id=acme, caller="mcp", method="tools/call", outcome="ok")
            )
            session.flush()
            began.set()
            seen.wait(20)

    with app.app_context():
        acme, is_sqlite = cast.workspace().id, db.engine.dialect.name == "sqlite"
        stream, early = a_stream(receiver.url), new_id()
        db.session.rollback()
        late = threading.Thread(target=slow)
        late.start()
        assert began.wait(20)
        if is_sqlite:  # nobody else writes, or says what is settled, while the lock is held
            threading.Timer(0.05, seen.set).start()
        else:
            a_call(tool="meanwhile")
            assert run(stream) == "done" and receiver.messages == []
            seen.set()
        late.join()
        a_call(tool="after")
        run(stream, now() + HOUR)
        assert receiver.taken() == calls_of() and calls_of()[0] == early


def test_a_row_that_waited_for_its_turn_gets_a_new_id(app: Flask) -> None:
    with app.app_context():
        old, sink = new_id(), sinks.open_sink(db.engine)
        a_call()
        values = dict(db.session.execute(text("SELECT * FROM action_executions")).mappings().one())
        values |= {"id": old, "at": "2026-01-01 00:00:00.000000", "arguments": None}
        while moments.first_id(now()) <= old:
            pass
        row = [values[name] for name in sinks.COLUMNS]
        sink.write([row])
        sink.close()
        assert old not in calls_of() and row[0] in calls_of() and row[0] > old
