"""What is done with connected servers while nobody waits."""

from __future__ import annotations

from halo import jobs
from halo.ground import server_limits
from halo.servers import credentials, keys, listing, renewing
from halo.servers.models import Server, ServerCredential


@jobs.on(
    ServerCredential,
    name=credentials.RENEW,
    says="Renews what Halo shows to a connected server, before it ends.",
    longest_pause=server_limits.SERVER_TOKEN_PAUSE_SECONDS,
)
def renew(turn: jobs.Turn) -> bool:
    return renewing.renew(turn)


@jobs.on(Server, name=listing.JOB, says="Asks connected servers for their tools again.")
def ask(turn: jobs.Turn) -> bool:
    return listing.ask_again(turn)


@jobs.every(3600, name="servers.turn_keys", says="Makes the next key for statements about calls, and forgets old ones.")
def turn_keys(turn: jobs.Turn) -> bool:
    with turn.change():
        keys.rotate()
    return False
