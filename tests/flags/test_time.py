"""A decision with a beginning or an end: on time, without a job, in what processes have cached too."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from flask import Flask

from halo import authenticate, gate
from halo.flags import service, when
from halo.flags.models import FlagValue
from halo.ground.database import now, one_change
from halo.ground.errors import Denied, Mistake
from halo.operators import decisions
from halo.workspaces.accounts import people
from tests import cast, factories

HOUR = datetime.timedelta(hours=1)


def off(**columns: Any) -> None:
    service.turn_off("mcp_server", workspace_id=cast.workspace().id, why="Test", principal=None, **columns)


def on(**columns: Any) -> None:
    service.turn_on("mcp_server", workspace_id=cast.workspace().id, why="Over", principal=None, **columns)


def held() -> service.Held:
    return service.held_in(cast.workspace().id, named=people.names_of)[0]


def shift(**columns: Any) -> None:
    """Move the times of the decision, as if time had gone on; what is cached stays."""
    with one_change() as rows:
        row = rows.query(FlagValue).one()
        for name, value in columns.items():
            setattr(row, name, value)


def refused(token: str) -> Denied | None:
    try:
        gate.admit(authenticate.by_bearer(token))
    except Denied as denied:
        return denied
    return None


def test_after_its_end_a_flag_is_what_it_was(app: Flask) -> None:
    with app.app_context():
        off(ends_at=now() + HOUR)
        assert not held().state.is_on and held().state.becomes
        shift(ends_at=now() - HOUR)
        assert held().state.is_on and held().state.phase == "over"


def test_an_end_gives_back_the_lasting_decision_and_not_the_default(app: Flask) -> None:
    with app.app_context():
        off()
        on(ends_at=now() + HOUR)
        on(ends_at=now() + 2 * HOUR)
        shift(ends_at=now() - HOUR)
        assert not held().state.is_on


def test_what_a_process_has_cached_ends_on_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        token = factories.a_token(seconds=100_000)
        off(ends_at=now() + HOUR)
        assert refused(token) is not None
        later = now() + HOUR
        _set_clock(monkeypatch, later)
        assert refused(token) is None


def test_what_a_process_has_cached_begins_on_time(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        token = factories.a_token(seconds=100_000)
        off(starts_at=now() + HOUR, ends_at=now() + 2 * HOUR, message="Back at noon")
        assert refused(token) is None
        _set_clock(monkeypatch, now() + HOUR)
        denied = refused(token)
        assert denied is not None and "Back at noon" in denied.message


def test_the_refusal_carries_the_operators_words_and_the_end(app: Flask) -> None:
    with app.app_context():
        token = factories.a_token()
        off(ends_at=now() + HOUR, message="We  move\nthe database.\x1b[31m")
        denied = refused(token)
        assert denied is not None
        assert "The operators say: We move the database. [31m" in denied.message
        assert f"It comes back at {now() + HOUR:%Y-%m-%d}" in denied.message


def test_a_flag_that_goes_on_later_tells_callers_when(app: Flask) -> None:
    with app.app_context():
        token = factories.a_token()
        off(message="We move.")
        on(starts_at=now() + HOUR)
        denied = refused(token)
        assert denied is not None and "It comes back at" in denied.message and "We move." in denied.message


@pytest.mark.parametrize(
    "times",
    [
        {"ends_at": -HOUR},
        {"starts_at": -HOUR},
        {"starts_at": 2 * HOUR, "ends_at": HOUR},
        {"ends_at": 9000 * HOUR},
    ],
)
def test_a_time_that_cannot_be_is_refused(app: Flask, times: dict[str, datetime.timedelta]) -> None:
    with app.app_context():
        with pytest.raises(Mistake):
            off(**{name: now() + away for name, away in times.items()})
        assert held().state.is_on


def test_the_history_tells_of_an_end_that_came_by_itself(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        workspace_id = cast.workspace().id
        off(ends_at=now() + HOUR)
        assert len(decisions.taken_in(workspace_id, "mcp_server")) == 1
        later = now() + HOUR
        monkeypatch.setattr(decisions, "now", lambda: later)
        told = [(entry.was_on, entry.is_on, entry.by) for entry in decisions.taken_in(workspace_id, "mcp_server")]
        assert told == [(False, True, ""), (True, False, "the command line")]


def _set_clock(monkeypatch: pytest.MonkeyPatch, at: datetime.datetime) -> None:
    """The clock of the call path; the database and its times stay."""
    from halo import facts

    monkeypatch.setattr(facts.time, "time", at.timestamp)
    monkeypatch.setattr(facts, "now", lambda: at)


@pytest.mark.parametrize("text", ["0001-01-01T00:00+09:00", "9999-12-31T23:59-09:00", "soon"])
def test_a_time_outside_of_all_time_is_a_mistake(text: str) -> None:
    with pytest.raises(Mistake, match="Write the time"):
        when.moment(text, "ends_at")
