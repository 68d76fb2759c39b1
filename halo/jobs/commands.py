"""`flask work`, `flask jobs` and `flask jobs run`."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from halo.ground import spoken
from halo.ground.database import now
from halo.ground.errors import Mistake
from halo.ground.plain import plain
from halo.jobs import declared, leases, runner, standing, sweep
from halo.jobs.declared import Job
from halo.jobs.standing import Standing

MOST = 1000
"""Rows that one `flask jobs run` works on."""


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(work)
    app.cli.add_command(jobs)


@click.command("work")
@with_appcontext
def work() -> None:
    """Work on jobs until SIGTERM or Ctrl-C, as `flask serve` has a process do beside it."""
    from halo.jobs.worker import WorkerProcess

    WorkerProcess(current_app.app_context).run()


@click.group("jobs", cls=AppGroup, invoke_without_command=True)
@click.pass_context
@with_appcontext
def jobs(context: click.Context) -> None:
    """Print each job: name, state, rows, how long the oldest waits, when the next is due, last error."""
    if context.invoked_subcommand is None:
        for each in standing.every(now()):
            click.echo("\t".join(_words(each)).rstrip())


@jobs.command("run")
@click.argument("name")
@plain
def run(name: str) -> None:
    """Do NAME now, here: one that recurs although its time has not come, another for each row that is due."""
    job = declared.find(name)
    if job is None:
        raise Mistake("name", f"There is no job {name!r}; there are: {', '.join(it.name for it in declared.jobs())}.")
    rows = _rows(job)
    outcomes = [_done(job, row_id) for row_id in rows]
    for row_id, outcome in zip(rows, outcomes, strict=True):
        click.echo(f"{name}\t{'' if job.every else row_id}\t{outcome}")
    if not rows:
        click.echo(f"{name}\t\tnothing is due")
    if "failed" in outcomes:
        click.get_current_context().exit(1)


def _rows(job: Job) -> list[str]:
    at = now()
    if job.every:
        sweep.plan(at)
        standing.demand(job, at)
        return [job.name]
    return leases.open_rows(job, at, MOST)


def _done(job: Job, row_id: str) -> str:
    """What came of the row in the end."""
    outcome: str = "more"
    while outcome == "more":
        outcome = runner.run(job, row_id)
    return "another worker has it" if outcome == "taken" else outcome


def _words(each: Standing) -> tuple[str, ...]:
    at = now()
    rows = spoken.count(each.due + each.planned, "row")
    age = f"since {spoken.ago(each.oldest_at, at)}" if each.oldest_at else ""
    following = f"next {spoken.iso(each.next_at)}" if each.next_at else ""
    return each.job.name, each.state, rows, age, following, each.last_error
