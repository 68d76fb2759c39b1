"""Whether jobs are worked on, and how they stand, is told wherever somebody looks."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from halo import jobs
from halo.ground.database import now, one_change
from halo.ground.errors import Mistake
from halo.health import doctor
from halo.jobs import declared, heartbeat, sweep
from halo.jobs.models import Schedule
from tests.cast import OWNER
from tests.support.browser import Browser

NAME = "tests.told"
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def failing(app: Flask) -> Iterator[None]:
    """A schedule that fails, planned."""

    @jobs.every(600, name=NAME, says="Fails.")
    def fail(_turn: jobs.Turn) -> bool:
        raise Mistake("url", "The address does not answer.")

    with app.app_context():
        sweep.plan(now())
    yield
    declared.forget(NAME)


def pulse(app: Flask) -> heartbeat.Pulse:
    with app.app_context():
        return heartbeat.pulse(now())


def test_workers_are_counted_while_they_are_heard(app: Flask) -> None:
    assert pulse(app) == heartbeat.Pulse(False, "no worker was seen")
    with app.app_context():
        silent = now() - 2 * MINUTE
        heartbeat.beat("silent", silent)
        assert not pulse(app).is_alive and f"since {silent:%Y-%m-%dT%H:%M:%SZ}" in pulse(app).sentence
        heartbeat.beat("one", now() - 10 * MINUTE)
        heartbeat.beat("one", now())
        assert pulse(app) == heartbeat.Pulse(True, "1 worker, seen just now")
        heartbeat.beat("two", now())
        assert pulse(app).sentence.startswith("2 workers")
        heartbeat.end("one")
        heartbeat.end("two")
        assert not pulse(app).is_alive


def test_a_machine_without_its_worker_is_degraded_and_ready(make_app: Callable[..., Flask]) -> None:
    app = make_app(jobs=True)
    app.extensions["halo"].instance.mkdir(exist_ok=True)

    def told() -> tuple[int, str, str]:
        answer = app.test_client().get("/readyz")
        assert answer.json is not None
        return answer.status_code, answer.json["status"], answer.json["checks"]["jobs"]

    assert told() == (200, "degraded", "no worker was seen")
    with app.app_context():
        heartbeat.beat("one", now())
    assert told() == (200, "ok", "ok")
    elsewhere = make_app(jobs=False).test_client().get("/readyz")
    assert elsewhere.json is not None and elsewhere.json["status"] == "ok"


def test_the_settings_of_a_workspace_say_it(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER)
    assert "no worker was seen." in browser.get("/dashboard/settings").text
    with app.app_context():
        heartbeat.beat("one", now())
    assert "1 worker, seen just now." in browser.get("/dashboard/settings").text


@pytest.mark.usefixtures("failing")
def test_the_command_line_and_the_doctor_say_what_fails(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    assert f"{NAME}\tdue\t1 row\tsince just now" in run(args=["jobs"]).output
    first = run(args=["jobs", "run", NAME])
    assert first.exit_code == 1 and first.output == f"{NAME}\t\tfailed\n"
    line = next(line for line in run(args=["jobs"]).output.splitlines() if line.startswith(NAME))
    assert line.startswith(f"{NAME}\tfailing\t1 row\t\tnext ") and line.endswith("\tThe address does not answer.")
    with app.app_context():
        heartbeat.beat("one", now())
        finding = doctor._jobs()
    assert (finding.kind, finding.sentence) == ("warning", f"Jobs fail: {NAME}. flask jobs says why.")


def test_a_job_is_run_from_the_command_line_once_whatever_its_time(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    assert [run(args=["jobs", "run", "oauth.reap"]).output for _ in range(2)] == ["oauth.reap\t\tdone\n"] * 2
    assert run(args=["jobs", "run", "flags.tell"]).output == "flags.tell\t\tnothing is due\n"
    with app.app_context(), one_change() as session:
        row = session.get_one(Schedule, "oauth.reap")
        assert row.ran_at is not None and row.due_at == row.ran_at + 60 * MINUTE
        row.due_at, row.lease_until = now(), now() + MINUTE
    assert run(args=["jobs", "run", "oauth.reap"]).output == "oauth.reap\t\tanother worker has it\n"
    wrong = run(args=["jobs", "run", "oauth.raep"])
    assert wrong.exit_code == 1 and "There is no job 'oauth.raep'; there are: " in wrong.output
    assert ", oauth.reap" in wrong.output
