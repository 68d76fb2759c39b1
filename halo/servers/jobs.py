"""What is done with connected servers while nobody waits."""

from __future__ import annotations

from halo import jobs
from halo.ground import server_limits
from halo.servers import credentials, renewing
from halo.servers.models import ServerCredential


@jobs.on(
    ServerCredential,
    name=credentials.RENEW,
    says="Renews what Halo shows to a connected server, before it ends.",
    longest_pause=server_limits.SERVER_TOKEN_PAUSE_SECONDS,
)
def renew(turn: jobs.Turn) -> bool:
    return renewing.renew(turn)
