"""Every way through `perform` writes exactly one audit row, and only messages of ours leave it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from pydantic import Field
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from halo import catalogue, tool
from halo.flags import service as flags
from halo.ground import limits
from halo.ground.database import db, one_change
from halo.ground.errors import NotFound, Reason
from halo.ground.principal import Principal
from halo.ledger.models import ActionExecution
from halo.perform import Answered, Refusal, perform
from halo.tool import Answer, Arguments
from halo.workspaces.models import Workspace
from tests import cast
from tests.contacts.calls import bound_to
from tests.contacts.rows import an_end_user
from tests.factories import a_caller, a_context

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(600)",
}


class Deep(Arguments):
    riddle: int | None = Field(None, description="Another one.", json_schema_extra={"secret": True})
    answer: int = Field(0, description="No secret.")


class Said(Arguments):
    word: str = Field(description="Which way to go.")
    password: str = Field("", description="A secret.")
    mail: str | None = Field(None, description="Whose way.")
    deep: Deep | None = Field(None, description="More.")
    phrase: str = Field("", description="A secret with an ordinary name.", json_schema_extra={"secret": True})


def spine_probe(arguments: Said, *, principal: Principal) -> Answer:
    """Goes the way it is told."""
    if arguments.word == "crash":
        raise ZeroDivisionError("upstream text that nobody may read")
    if arguments.word == "wait":
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("SET LOCAL statement_timeout = 50"))
        db.session.execute(text(ENDLESS[db.engine.dialect.name]))
    if arguments.word == "wrong":
        db.session.execute(text("SELECT no_such_column FROM workspaces"))
    if arguments.word == "away":
        return Answer(f"{db.engine.pool.checkedout()} connections")
    if arguments.word == "read":
        return Answer(db.session.scalar(select(Workspace.name).where(Workspace.slug == "acme")) or "")
    if arguments.word == "missing":
        raise NotFound("ticket")
    return Answer(f"went {arguments.word}", is_error=arguments.word == "fail")


@pytest.fixture(autouse=True)
def probe() -> Iterator[None]:
    hints = {"read_only": True, "destructive": False, "idempotent": True, "open_world": False}
    says = {
        "title": "Probe",
        "scope": "docs:read",
        "group": "docs",
        "result": None,
        "bound": "same",
        "customer": {"mail": "email"},
    }
    tool.tool(**says, **hints)(spine_probe)
    yield
    tool.forget("spine_probe")


def refusal(done: Answered | Refusal) -> Refusal:
    assert isinstance(done, Refusal)
    return done


def answered(done: Answered | Refusal) -> Answered:
    assert isinstance(done, Answered)
    return done


def rows() -> list[ActionExecution]:
    return list(db.session.scalars(select(ActionExecution).order_by(ActionExecution.id)))


@pytest.mark.parametrize(
    ("arguments", "outcome", "reason", "says"),
    [
        ({"word": "left"}, "ok", None, "went left"),
        ({"word": "fail"}, "tool_error", None, "went fail"),
        ({"word": "missing"}, "tool_error", "NotFound", "There is no such ticket."),
        ({}, "tool_error", "arguments_invalid", "The argument 'word' is required."),
        ({"word": "crash"}, "failed", "internal", "Something went wrong inside Halo."),
    ],
)
def test_what_a_model_can_act_on_comes_back_as_a_result(
    app: Flask, arguments: dict[str, str], outcome: str, reason: str | None, says: str
) -> None:
    with app.app_context():
        done = perform("spine_probe", arguments, principal=a_caller(), context=a_context())
        (row,) = rows()
    assert says in answered(done).answer.text
    assert (row.outcome, row.reason, row.tool) == (outcome, reason, "spine_probe")
    assert (row.id, row.result_size) == (answered(done).row_id, len(answered(done).wire))
    assert row.latency_us > 0


def test_the_row_says_who_called(app: Flask) -> None:
    with app.app_context():
        caller = a_caller()
        perform("spine_probe", {"word": "left"}, principal=caller, context=a_context())
        (row,) = rows()
        assert row.person_id == cast.person(cast.OWNER).id
        assert row.workspace_id == cast.workspace().id
        assert (row.grant_id, row.client_id, row.caller) == (caller.grant_id, caller.client_row_id, "mcp")


def test_secrets_in_arguments_are_not_kept(app: Flask) -> None:
    with app.app_context():
        perform("spine_probe", {"word": "left", "password": "hunter2"}, principal=a_caller(), context=a_context())
        (row,) = rows()
    assert row.arguments == {"word": "left", "password": "[redacted]"}


@pytest.mark.parametrize("word", ["left", "crash", 7])
def test_parameters_that_a_tool_marks_secret_are_not_kept(app: Flask, word: object) -> None:
    sent = {"word": word, "phrase": "open sesame", "deep": {"riddle": 42, "answer": 42}}
    with app.app_context():
        perform("spine_probe", sent, principal=a_caller(), context=a_context())
        (row,) = rows()
    assert row.arguments == {"word": word, "phrase": "[redacted]", "deep": {"riddle": "[redacted]", "answer": 42}}


def test_what_is_secret_is_read_from_the_schema_once() -> None:
    declared = tool.find("spine_probe")
    assert declared is not None
    assert declared.secret is declared.secret == frozenset({"phrase", "riddle"})
    assert catalogue.declared().secret_names("no_such_tool") == frozenset()


@pytest.mark.parametrize(
    ("scopes", "name", "reason"),
    [
        ("setup:read", "spine_probe", Reason.scope_missing),
        ("docs:read", "no_such_tool", Reason.tool_unknown),
    ],
)
def test_refusals_are_values_and_recorded(app: Flask, scopes: str, name: str, reason: Reason) -> None:
    with app.app_context():
        refused = refusal(perform(name, {"word": "left"}, principal=a_caller(scopes), context=a_context()))
        (row,) = rows()
    assert (refused.reason, refused.row_id) == (reason, row.id)
    assert (row.outcome, row.reason, row.tool) == ("refused", reason.name, name)


def test_a_caller_over_the_limit_is_told_when_to_come_back(app: Flask) -> None:
    with app.app_context():
        cast.workspace()
        caller = a_caller()
        caller.workspace.limits["calls_per_client"] = 2
        left = [perform("spine_probe", {"word": "on"}, principal=caller, context=a_context()) for _ in range(2)]
        refused = refusal(perform("spine_probe", {"word": "on"}, principal=caller, context=a_context()))
        assert [row.outcome for row in rows()] == ["ok", "ok", "refused"]
    assert [done.allowance.remaining for done in map(answered, left) if done.allowance] == [1, 0]
    assert refused.reason is Reason.rate_limited
    assert 1 <= refused.denied.details["retry_after"] <= 60


@pytest.mark.parametrize(("scopes", "name"), [("setup:read", "spine_probe"), ("docs:read", "no_such_tool")])
def test_refused_calls_count_and_keep_no_more_than_names(app: Flask, scopes: str, name: str) -> None:
    with app.app_context():
        caller = a_caller(scopes)
        caller.workspace.limits["calls_per_client"] = 2
        reasons = []
        for _ in range(3):
            refused = refusal(perform(name, {"word": "x" * 1000}, principal=caller, context=a_context()))
            reasons.append(refused.reason)
        assert reasons[0] is reasons[1] is not Reason.rate_limited
        assert reasons[2] is Reason.rate_limited
        assert refused.denied.details["retry_after"] >= 1
        assert [row.reason for row in rows()] == [reason.name for reason in reasons]
        assert [row.arguments for row in rows()] == [{"word": "[redacted]"}] * 3


def test_a_call_that_is_counted_is_counted_once(app: Flask) -> None:
    with app.app_context():
        caller = a_caller()
        caller.workspace.limits["calls_per_client"] = 1
        perform("spine_probe", {"word": "left"}, principal=caller, context=a_context())
        refused = refusal(perform("spine_probe", {"word": "left"}, principal=caller, context=a_context()))
        assert "More than 1 calls" in refused.sentence
        assert limits.limiter().storage.get(f"calls_per_client/{caller.counted_as}") == 2


def test_the_limit_is_asked_before_the_arguments(app: Flask) -> None:
    with app.app_context():
        caller = a_caller()
        caller.workspace.limits["calls_per_client"] = 1
        done = perform("spine_probe", {}, principal=caller, context=a_context())
        refused = refusal(perform("spine_probe", {}, principal=caller, context=a_context()))
        assert [row.reason for row in rows()] == ["arguments_invalid", "rate_limited"]
    assert answered(done).answer.is_error
    assert refused.reason is Reason.rate_limited


def test_the_binding_is_asked_before_the_limit_and_counts_too(app: Flask) -> None:
    with app.app_context():
        bound = bound_to(an_end_user(email="jo@customer.test"))
        bound.workspace.limits["calls_per_client"] = 3

        def left(mail: str) -> int | None:
            asked = {"word": "left", "mail": mail}
            done = perform("spine_probe", asked, principal=bound, context=a_context())
            return done.allowance.remaining if isinstance(done, Answered) and done.allowance else None

        assert [left(mail) for mail in ("jo@customer.test", "x@other.test", "jo@customer.test")] == [2, None, 0]
        assert left("x@other.test") is None
    with app.app_context():
        reasons = [row.reason for row in rows()]
    assert reasons == [None, "customer_mismatch", None, "rate_limited"]


def test_a_flag_that_is_switched_off_refuses_the_next_call(app: Flask) -> None:
    with app.app_context():
        workspace = cast.workspace()
        flags.turn_off("mcp_server", workspace_id=workspace.id, why="test", principal=None)
        refused = refusal(perform("spine_probe", {"word": "left"}, principal=a_caller(), context=a_context()))
    assert refused.reason is Reason.flag_off


def test_a_question_that_takes_too_long_is_ended_with_advice(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CALL_SECONDS", 0.05)
    with app.app_context():
        done = perform("spine_probe", {"word": "wait"}, principal=a_caller(), context=a_context())
        (row,) = rows()
    assert answered(done).answer.is_error and "Narrow it down" in done.answer.text
    assert (row.outcome, row.reason) == ("tool_error", "TooSlow")


@pytest.mark.parametrize("before", ["wrong", "wait", "crash", "missing"])
def test_a_statement_that_fails_in_one_call_fails_no_other(
    app: Flask, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        caller, context = a_caller(), a_context()
        monkeypatch.setattr(limits, "CALL_SECONDS", 0.05 if before == "wait" else 45)
        assert perform("spine_probe", {"word": before}, principal=caller, context=context).answer.is_error
        monkeypatch.undo()
        assert perform("spine_probe", {"word": "read"}, principal=caller, context=context).answer.text == "Acme"


def test_what_failed_before_a_call_does_not_fail_it(app: Flask) -> None:
    with app.app_context():
        caller, context = a_caller(), a_context()
        with pytest.raises(DBAPIError):
            db.session.execute(text("SELECT no_such_column FROM workspaces"))
        assert perform("spine_probe", {"word": "read"}, principal=caller, context=context).answer.text == "Acme"


def test_no_connection_is_held_while_a_handler_works_nor_after_it(app: Flask) -> None:
    with app.app_context():
        caller, context = a_caller(), a_context()
        assert cast.workspace().name == "Acme"
        assert db.engine.pool.checkedout() == 1
        said = perform("spine_probe", {"word": "away"}, principal=caller, context=context).answer.text
        assert said == "0 connections"
        perform("spine_probe", {"word": "read"}, principal=caller, context=context)
        assert db.engine.pool.checkedout() == 0


def test_a_call_has_no_place_inside_a_change(app: Flask) -> None:
    with app.app_context():
        caller, context = a_caller(), a_context()
        with pytest.raises(RuntimeError), one_change():
            cast.workspace().name = "Changed"
            perform("spine_probe", {"word": "left"}, principal=caller, context=context)
        assert cast.workspace().name == "Acme"
