"""What a process knows of the servers that it spoke with: their revisions and sessions, bounded."""

from __future__ import annotations

import threading

from halo.ground.limits import SERVERS_KNOWN
from halo.ground.recent import Recent
from halo.servers.client import Address, Upstream

_known: Recent[Address, Upstream] = Recent(SERVERS_KNOWN)
_making = threading.Lock()


def upstream(address: Address, *, version: str = "") -> Upstream:
    """The one for this address; made where there is none, with what is known of its revision."""
    with _making:
        known = _known.get(address)
        if known is None:
            known = Upstream(address, version=version)
            _known.put(address, known)
        return known
