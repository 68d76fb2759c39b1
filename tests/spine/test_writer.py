"""The audit writer: rows are there when the caller goes on, and a row that cannot be written stops the answer."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from halo.audit import writer
from halo.audit.models import ActionExecution
from halo.audit.writer import COLUMNS, Execution, NotRecorded
from halo.database import db, one_change


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
    with app.app_context():
        with one_change() as rows:
            rows.execute(text("UPDATE workspaces SET name = 'Held'"))
            waiting = writer.submit(an_execution())
        writer.wait(waiting)
        assert count() == 1


def test_a_row_that_cannot_be_written_is_an_error(app: Flask) -> None:
    with app.app_context():
        broken = an_execution()
        broken.outcome = None  # type: ignore[assignment]
        with pytest.raises(NotRecorded):
            writer.record(broken)
        writer.record(an_execution())
        assert count() == 1
