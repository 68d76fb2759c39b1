"""What a process knows of the servers that it spoke with: their revisions and sessions, bounded."""

from __future__ import annotations

import threading

from halo.ground import outbound, settings
from halo.ground.limits import SERVERS_KNOWN
from halo.ground.recent import Recent
from halo.servers.client import Address, Upstream
from halo.servers.models import Server

_known: Recent[tuple[str, Address], Upstream] = Recent(SERVERS_KNOWN)
_making = threading.Lock()


def upstream(address: Address, *, version: str = "", owner: str = "") -> Upstream:
    """The one for this address; made where there is none, with what is known of its revision.

    A session is of whoever signed in: `owner` tells apart those who share an address.
    """
    known = _known.get((owner, address))
    if known is None:
        with _making:
            known = _known.get((owner, address)) or Upstream(address, version=version)
            _known.put((owner, address), known)
    return known


def address_of(server: Server) -> Address:
    """Where a server stands, and how it may be reached."""
    headers = tuple(sorted((str(name), str(value)) for name, value in server.headers.items()))
    return Address(server.url, outbound.servers(settings.current()), headers)
