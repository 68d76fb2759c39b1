"""Meeting a server while somebody waits: who it is, what it speaks, and its tools.

Nothing of the database is held meanwhile, and only so many are met at a time in one process: each takes a thread for as
long as a stranger likes, within the seconds that are allowed.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from halo.ground.database import give_back
from halo.ground.errors import Busy, UpstreamFailed
from halo.ground.server_limits import (
    SERVER_CONNECT_SECONDS,
    SERVER_FAREWELL_SECONDS,
    SERVER_LIST_SECONDS,
    SERVER_LISTS_AT_ONCE,
)
from halo.servers import snapshot
from halo.servers.client import Address, Upstream, Welcome
from halo.servers.failures import NeedsSignIn
from halo.servers.snapshot import LookedAt

_places = threading.BoundedSemaphore(SERVER_LISTS_AT_ONCE)
WAIT_SECONDS = 5
"""After which it is worth trying again where all places are taken."""


@dataclass(frozen=True, slots=True)
class Met:
    """What was learned of a server; no list where it wants a sign-in first."""

    welcome: Welcome
    listed: LookedAt | None


@contextlib.contextmanager
def a_place() -> Iterator[None]:
    """One of the few; raises `Busy` where none is free. Whatever was read of the database is given back first."""
    give_back()
    if not _places.acquire(blocking=False):
        raise Busy("Other servers are being asked for their tools just now.", WAIT_SECONDS)
    try:
        yield
    finally:
        _places.release()


def met(address: Address, authorization: str | None, others: Collection[str] | None = None) -> Met:
    """Shake hands, ask for the tools and look at them; raises `UpstreamFailed`, or `NeedsSignIn`. With the names of
    `others` the list is looked at as one that is to be the lock."""
    upstream = Upstream(address)
    try:
        welcome = welcomed(upstream, authorization)
        with upstream.conversation(authorization, seconds=SERVER_LIST_SECONDS) as talk:
            listed = talk.tools()
    finally:
        with contextlib.suppress(UpstreamFailed):
            upstream.close(authorization, seconds=SERVER_FAREWELL_SECONDS)
    return Met(welcome, snapshot.looked_at(listed, others))


def greeted(address: Address) -> Met:
    """Shake hands without credentials, as far as the server lets a stranger: where it wants a sign-in, that is well."""
    try:
        return Met(welcomed(Upstream(address), None), None)
    except NeedsSignIn:
        return Met(Welcome("", "", ""), None)


def welcomed(upstream: Upstream, authorization: str | None) -> Welcome:
    """What the server says of itself, within the time for that."""
    with upstream.conversation(authorization, seconds=SERVER_CONNECT_SECONDS) as talk:
        return talk.welcome()
