"""The audit writer: rows are there when the caller goes on, and a row that cannot be written stops the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from halo.ground.database import db, now, one_change
from halo.ledger import writer
from halo.ledger.executions import COLUMNS, Execution
from halo.ledger.models import ActionExecution
from halo.ledger.writer import NotRecorded, Writer
from tests.support.until import until


def an_execution() -> Execution:
    return Execution(workspace_id="w", caller="mcp", tool="data_find_user", arguments={"q": "Zoë \x01"})


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(ActionExecution)) or 0


def test_the_writer_knows_every_column() -> None:
    assert set(COLUMNS) == set(ActionExecution.__table__.columns.keys())


def test_a_row_is_there_when_record_returns(app: Flask) -> None:
    with app.app_context():
        writer.record(an_execution())
        row = db.session.scalars(select(ActionExecution)).one()
    assert (row.tool, row.arguments) == ("data_find_user", {"q": "Zoë \x01"})
    assert row.at.tzinfo is not None


@pytest.fixture
def far_away(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """An app whose database server lives in Tokyo; SQLite lives nowhere."""
    app = make_app()
    with app.app_context():
        _live_in(app, "SET timezone = 'Asia/Tokyo'")
        yield app
        db.session.remove()
        _live_in(app, "RESET timezone")


def _live_in(app: Flask, where: str) -> None:
    if db.engine.dialect.name == "postgresql":
        with db.engine.begin() as connection:
            connection.execute(text(f'ALTER DATABASE "{db.engine.url.database}" {where}'))
        db.engine.dispose()


def test_the_time_of_a_row_is_right_whatever_zone_the_server_lives_in(far_away: Flask) -> None:
    writer.record(an_execution())
    at = db.session.scalars(select(ActionExecution.at)).one()
    assert abs(at - now()) < timedelta(minutes=5)


def test_many_threads_share_commits_and_lose_nothing(app: Flask) -> None:
    def work() -> None:
        with app.app_context():
            for _ in range(20):
                writer.record(an_execution())

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert count() == 160


def test_a_change_and_the_writer_do_not_wait_for_each_other_for_ever(app: Flask) -> None:
    def work() -> None:
        with app.app_context():
            writer.record(an_execution())

    thread = threading.Thread(target=work)
    with app.app_context():
        with one_change() as rows:
            rows.execute(text("UPDATE workspaces SET name = 'Held'"))
            thread.start()
        thread.join(20)
        assert count() == 1


def test_a_row_that_cannot_be_written_is_an_error(app: Flask) -> None:
    with app.app_context():
        broken = an_execution()
        broken.outcome = None  # type: ignore[assignment]
        with pytest.raises(NotRecorded):
            writer.record(broken)
        writer.record(an_execution())
        assert count() == 1


class Held:
    """A sink that notes the size of each batch, and writes it when it is let go."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.let_go = threading.Semaphore(0)
        self.is_full = False

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        self.batches.append(len(rows))
        self.let_go.acquire()
        if self.is_full:
            raise OSError("no space left on the device")

    def add_up(self) -> bool:
        return False

    def close(self) -> None:
        pass


@pytest.fixture
def sink() -> Held:
    return Held()


@pytest.fixture
def held(sink: Held) -> Iterator[Writer]:
    made = Writer(lambda: sink)
    yield made
    made.close()


def test_rows_that_come_while_one_is_written_share_the_next_commit(held: Writer, sink: Held) -> None:
    with ThreadPoolExecutor() as pool:
        first = pool.submit(held.record, an_execution())
        until(lambda: sink.batches == [1])
        others = [pool.submit(held.record, an_execution()) for _ in range(4)]
        until(lambda: len(held._waiting) == 4)
        assert not any(other.done() for other in others)
        sink.let_go.release()
        first.result(20)
        until(lambda: sink.batches == [1, 4])
        assert not any(other.done() for other in others)
        sink.let_go.release()
        for other in others:
            other.result(20)


def test_a_batch_that_could_not_be_written_fails_nobody_who_came_after_it(held: Writer, sink: Held) -> None:
    with ThreadPoolExecutor() as pool:
        first = pool.submit(held.record, an_execution())
        until(lambda: sink.batches == [1])
        second = pool.submit(held.record, an_execution())
        until(lambda: len(held._waiting) == 1)
        sink.is_full = True
        sink.let_go.release()
        with pytest.raises(NotRecorded, match="could not be recorded"):
            first.result(20)
        sink.is_full = False
        sink.let_go.release()
        second.result(20)
    assert sink.batches == [1, 1]
