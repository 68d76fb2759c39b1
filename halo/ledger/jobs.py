"""What is done with the log while nobody waits: adding it up for the charts, ending what a killed process began."""

from __future__ import annotations

from halo import jobs
from halo.ledger import started, tally


@jobs.every(
    30,
    name="ledger.add_up",
    says="Adds the audit log up by the hour, for the charts.",
    rest=4,  # a log that is far behind, as after a burst, leaves the writers four fifths of the time
)
def add_up(turn: jobs.Turn) -> bool:
    with turn.change():
        return tally.take_step()


@jobs.every(60, name="ledger.end_started", says="Tells calls that a stopped process began and never ended as unknown.")
def end_started(turn: jobs.Turn) -> bool:
    with turn.change():
        return started.sweep()
