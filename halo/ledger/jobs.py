"""What is done with the log while nobody waits: adding it up for the charts."""

from __future__ import annotations

from halo import jobs
from halo.ledger import tally


@jobs.every(
    30,
    name="ledger.add_up",
    says="Adds the audit log up by the hour, for the charts.",
    rest=4,  # a log that is far behind, as after a burst, leaves the writers four fifths of the time
)
def add_up(turn: jobs.Turn) -> bool:
    with turn.change():
        return tally.take_step()
