"""What is done with flags while nobody waits: their history."""

from __future__ import annotations

from halo import jobs
from halo.flags import planned
from halo.flags.models import FlagValue
from halo.ground.database import now


@jobs.on(FlagValue, name="flags.tell", says="Writes into the history that the planned time of a flag began or ended.")
def tell(turn: jobs.Turn) -> bool:
    with turn.change() as session:
        planned.tell(session.get_one(FlagValue, turn.row_id), now())
    return False
