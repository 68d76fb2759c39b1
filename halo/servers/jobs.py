"""What is done with connected servers while nobody waits."""

from __future__ import annotations

from halo import jobs
from halo.servers import keys


@jobs.every(3600, name="servers.turn_keys", says="Makes the next key for statements about calls, and forgets old ones.")
def turn_keys(turn: jobs.Turn) -> bool:
    with turn.change():
        keys.rotate()
    return False
