"""What `flask doctor` asks of the authorization server; `halo/wiring.py` tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from halo.ground.settings import Settings
from halo.health.doctor import Finding, Resolver, blocked
from halo.oauth import cimd, known_clients

Reader = Callable[[str, Settings], object]
"""Reads a client's document; raises `cimd.Unreadable`."""


def documents(settings: Settings, resolve: Resolver, read: Reader | None = None) -> Iterator[Finding]:
    """Whether the way to vendors' documents is open; what they say does not matter here."""
    if not settings.client_documents:
        yield Finding("ok", "Documents of clients are not read (HALO_CLIENT_DOCUMENTS is off): clients register.")
        return
    closed = [address for address in known_clients.documents() if not _is_reached(address, settings, read or cimd.read)]
    if not closed:
        yield Finding("ok", "The documents that vendors' clients are described by can be read.")
        return
    hosts = dict.fromkeys(urlsplit(address).hostname or "" for address in closed)
    yield Finding(
        "warning",
        f"These documents of clients cannot be read from here: {', '.join(closed)}. "
        f"{''.join(blocked(host, settings, resolve) for host in hosts)}The clients are taken from our own "
        "list, others that come with a document cannot connect: HALO_CLIENT_DOCUMENTS=off lets all register instead.",
    )


def _is_reached(address: str, settings: Settings, read: Reader) -> bool:
    try:
        read(address, settings)
    except cimd.Unreachable:
        return False
    except cimd.Unreadable:
        return True
    return True
