"""The queue: a file, PostgreSQL or Redis; it holds nothing but names, and whatever becomes of it fails nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from halo import jobs
from halo.ground import limits
from halo.ground.database import db, one_change
from halo.jobs.queue import Queue

MakeApp = Callable[..., Flask]


def queue_of(app: Flask) -> Queue:
    with app.app_context():
        return Queue(db.engine)


@pytest.fixture(params=["database", "redis"])
def queued(request: pytest.FixtureRequest, make_app: MakeApp) -> Iterator[tuple[Flask, Queue]]:
    """An app with its queue in the database's own place, or in Redis."""
    url = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    app = make_app(redis_url=url)
    app.extensions["halo"].instance.mkdir(exist_ok=True)
    queue = queue_of(app)
    queue.huey.storage.flush_queue()
    yield app, queue
    queue.huey.storage.flush_queue()
    queue.close()


def test_a_nudge_is_sent_when_its_change_is_durable_and_never_otherwise(queued: tuple[Flask, Queue]) -> None:
    app, queue = queued
    with app.app_context():
        with pytest.raises(ZeroDivisionError), one_change():
            jobs.nudge("tests.work", "one")
            raise ZeroDivisionError
        assert queue.size() == 0
        with one_change():
            jobs.nudge("tests.work", "one")
            assert queue.size() == 0
    task = queue.huey.dequeue()
    assert task.args == ["tests.work", "one"] and queue.size() == 0


def test_a_message_is_json_that_runs_nothing(queued: tuple[Flask, Queue]) -> None:
    _, queue = queued
    assert queue.send("tests.work", "one")
    (sent,) = queue.huey.storage.enqueued_items()
    assert bytes(sent).startswith(b"[") and b"tests.work" in bytes(sent)
    queue.huey.storage.flush_queue()
    queue.huey.storage.enqueue(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(ValueError, match="unexpected character"):
        queue.huey.dequeue()


def test_what_nobody_takes_does_not_pile_up(queued: tuple[Flask, Queue], monkeypatch: pytest.MonkeyPatch) -> None:
    _, queue = queued
    monkeypatch.setattr(limits, "JOB_NUDGES", 3)
    assert [queue.send("tests.work", str(number)) for number in range(5)] == [True, True, True, False, False]
    assert queue.size() == 3


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_queue_that_is_away_fails_no_change(make_app: MakeApp) -> None:
    app = make_app(redis_url="redis://127.0.0.1:1/0")
    with app.app_context():
        with one_change():
            jobs.nudge("tests.work", "one")
        assert db.session.is_active


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_redis_that_the_queue_cannot_open_leaves_it_to_the_database(make_app: MakeApp) -> None:
    queue = queue_of(make_app(redis_url="redis+sentinel://127.0.0.1:1/halo"))
    assert queue.send("tests.work", "one") and queue.size() == 1
    queue.close()
