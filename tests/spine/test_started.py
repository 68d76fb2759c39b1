"""Calls that must not be made twice: a mark before they run, gone with their row; what is interrupted is unknown."""

from __future__ import annotations

import datetime
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from halo import create_app, tool
from halo.audit import phrases
from halo.ground import per_app
from halo.ground.database import db
from halo.ground.errors import NotFound, TooSlow, UpstreamFailed
from halo.ground.principal import Principal
from halo.ledger import started
from halo.ledger.models import ActionExecution, StartedCall
from halo.perform import UNKNOWN, Answered, perform
from halo.tool import Answer, Arguments
from tests.factories import a_caller, a_context
from tests.support import stores
from tests.support.parts import ROOT
from tests.support.toolbox import declared

NOW = datetime.timedelta(seconds=-5)
"""Ends what began up to now."""


class Ends(Arguments):
    how: str = "well"


class Killed(BaseException):
    """Ends a call as the end of its process does: nobody catches it."""


SEEN: list[int] = []
PROBLEMS = {
    "missing": NotFound("deal"),
    "slow": TooSlow(),
    "unreachable": UpstreamFailed("tls", "The vendor's certificate is not valid."),
    "cut": UpstreamFailed("http", "The vendor broke off."),
    "crash": ZeroDivisionError("text of nobody"),
    "killed": Killed(),
}


def hubspot_create(arguments: Ends, *, principal: Principal) -> Answer:
    """Creates a deal."""
    SEEN.append(marks())
    if arguments.how in PROBLEMS:
        raise PROBLEMS[arguments.how]
    return Answer("created")


@pytest.fixture(autouse=True)
def probes() -> Iterator[None]:
    tool.tool(
        title="Create", scope="docs:read", group="docs", result=None, bound="same",
        read_only=False, destructive=False, idempotent=False, open_world=True,
    )(hubspot_create)  # fmt: skip
    once = tool.find("hubspot_create")
    assert once is not None
    SEEN.clear()
    with declared(
        replace(once, name="hubspot_update", idempotent=True), replace(once, name="hubspot_read", read_only=True)
    ):
        yield
    tool.forget("hubspot_create")


def marks() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(StartedCall)) or 0


def rows() -> list[ActionExecution]:
    db.session.rollback()
    return list(db.session.scalars(select(ActionExecution).order_by(ActionExecution.id)))


def call(how: str = "well", name: str = "hubspot_create") -> Answered:
    done = perform(name, {"how": how}, principal=a_caller(), context=a_context())
    assert isinstance(done, Answered)
    return done


def test_a_mark_stands_while_it_runs_and_goes_with_its_row(app: Flask) -> None:
    with app.app_context():
        done = call()
        assert (SEEN, marks()) == ([1], 0)
        assert not started.sweep(after=NOW)
        (row,) = rows()
    assert (row.id, row.outcome) == (done.row_id, "ok")


@pytest.mark.parametrize("name", ["hubspot_update", "hubspot_read"])
def test_what_may_be_made_again_leaves_none(app: Flask, name: str) -> None:
    with app.app_context():
        call(name=name)
    assert SEEN == [0]


@pytest.mark.parametrize(
    ("how", "outcome", "reason"),
    [
        ("missing", "tool_error", "NotFound"),
        ("unreachable", "tool_error", "UpstreamFailed"),
        ("slow", "unknown", "TooSlow"),
        ("cut", "unknown", "UpstreamFailed"),
        ("crash", "unknown", "internal"),
    ],
)
def test_where_nobody_can_say_whether_it_took_effect_the_answer_says_so(
    app: Flask, how: str, outcome: str, reason: str
) -> None:
    with app.app_context():
        done = call(how)
        assert marks() == 0
        (row,) = rows()
    assert (row.outcome, row.reason) == (outcome, reason)
    assert done.answer.is_error
    assert (UNKNOWN in done.answer.text) == (outcome == "unknown")
    assert "text of nobody" not in done.answer.text


def test_a_call_whose_process_ends_is_told_as_unknown_exactly_once(app: Flask) -> None:
    with app.app_context():
        caller = a_caller()
        with pytest.raises(Killed):
            perform("hubspot_create", {"how": "killed"}, principal=caller, context=a_context())
        assert (rows(), marks()) == ([], 1)
        started.sweep()
        assert (rows(), marks()) == ([], 1), "it may still be running"
        for _ in range(2):
            started.sweep(after=NOW)
        assert marks() == 0
        (row,) = rows()
    assert (row.outcome, row.reason, row.tool, row.grant_id) == (
        "unknown", "interrupted", "hubspot_create", caller.grant_id,
    )  # fmt: skip
    assert row.arguments == {"how": "killed"}
    assert phrases.verb(row).startswith("may have ")
    assert "stopped" in phrases.why(row)


DIES = """
import os, signal, sys
from pathlib import Path
import halo
from halo import tool
from halo.perform import perform
from halo.tool import Arguments
from tests.factories import a_caller, a_context
from tests.support.stores import Store

class Nothing(Arguments):
    pass

def hubspot_die(arguments: Nothing, *, principal: object) -> None:
    "Ends the process before it answers."
    os.kill(os.getpid(), signal.SIGKILL)

tool.tool(title="Die", scope="docs:read", group="docs", result=None, bound="same",
          read_only=False, destructive=False, idempotent=False, open_world=True)(hubspot_die)
kind, instance, url = sys.argv[1:]
with halo.create_app(Store(kind, Path(instance), url).settings()).app_context():
    perform("hubspot_die", {}, principal=a_caller(), context=a_context())
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_process_that_is_killed_in_a_call_leaves_one_row_that_says_unknown(kind: str, tmp_path: Path) -> None:
    """`kill -9`, in a process of its own: the mark was on the disk before the handler ran."""
    store = stores.separate(kind, tmp_path)
    died = subprocess.run([sys.executable, "-c", DIES, kind, str(store.instance), store.url], cwd=ROOT, check=False)
    assert died.returncode == -signal.SIGKILL
    app = create_app(store.settings())
    with app.app_context():
        assert (rows(), marks()) == ([], 1)
        for _ in range(2):
            started.sweep(after=NOW)
        assert [(row.tool, row.outcome, row.reason) for row in rows()] == [("hubspot_die", "unknown", "interrupted")]
    per_app.close(app)
