"""What vendors' clients would stumble over, found before they do: the address, its name, the database, the counters,
the secret.

Hosted clients come from the internet, over IPv4 alone, and refuse a name of which any address is private (interop.md
S-11). What stands between them and this process, such as a firewall that filters by user agent, cannot be seen here.
"""

from __future__ import annotations

import ipaddress
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from halo.ground import database, limits, outbound
from halo.ground.database import backups, db, migrate, now, outage
from halo.ground.outbound import lookups, networks
from halo.ground.settings import DEVELOPMENT_SECRET, Settings
from halo.health import disk
from halo.jobs import heartbeat, standing

DISTINCT = 12
"""Characters that differ, in a key that somebody drew at random: of 32 there are always more."""
Resolver = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, as a sentence."""

    kind: Literal["ok", "warning", "problem"]
    sentence: str


Check = Callable[[Settings, Resolver], Iterable[Finding]]
_checks: list[Check] = []


def register(check: Check) -> None:
    """A slice above this one has something of its own to be examined."""
    if check not in _checks:
        _checks.append(check)


def examine(settings: Settings, resolve: Resolver) -> list[Finding]:
    """Every check, in the order in which a client would meet what is wrong."""
    return [
        _scheme(settings),
        *_addresses(urlsplit(settings.base_url).hostname or "", resolve),
        *(finding for check in _checks for finding in check(settings, resolve)),
        *_documentation(settings, resolve),
        _database(),
        *_counters(settings),
        _disk(settings),
        _jobs(),
        _key(settings),
    ]


def addresses(host: str) -> list[str]:
    """The addresses of a name; none for one that is not known."""
    try:
        return lookups.addresses(host)
    except lookups.Unknown:
        return []


def _scheme(settings: Settings) -> Finding:
    if settings.secure:
        return Finding("ok", f"{settings.base_url} is https.")
    return Finding("problem", f"{settings.base_url} is not https: Claude and ChatGPT refuse it. Set HALO_BASE_URL.")


def _addresses(host: str, resolve: Resolver) -> Iterator[Finding]:
    found = resolve(host)
    hidden = [address for address in found if not networks.is_public(address)]
    if not found:
        yield Finding("problem", f"{host} is not known here: give it a DNS record of type A.")
        return
    if hidden:
        yield Finding("problem", f"{host} leads to {', '.join(hidden)}, which cannot be reached from the internet.")
    if not any(_is_v4(address) for address in found):
        yield Finding(
            "problem", f"{host} has only IPv6 addresses, and hosted clients use IPv4: add a record of type A."
        )
    elif len(found) > sum(map(_is_v4, found)):
        yield Finding("warning", f"{host} has IPv6 addresses too: make sure that they lead to this Halo.")
    elif not hidden:
        yield Finding("ok", f"{host} leads to {', '.join(found)}, over IPv4 and public.")


def _is_v4(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).version == 4


def _documentation(settings: Settings, resolve: Resolver) -> Iterator[Finding]:
    if settings.docs_mcp_url:
        host = urlsplit(settings.docs_mcp_url).hostname or ""
        if why := blocked(host, settings, resolve):
            yield Finding("problem", f"The documentation server cannot be reached. {why}Look at HALO_DOCS_MCP_URL.")
        else:
            yield Finding("ok", f"The name of the documentation server, {host}, is known.")


def blocked(host: str, settings: Settings, resolve: Resolver) -> str:
    """What keeps our own requests from the host, as a sentence: strangers are not told whether a name is known."""
    found = resolve(host)
    if not found:
        return f"{host} is not known here. "
    hidden = [address for address in found if not outbound.operators(settings).admits(address)]
    return f"{host} leads to {', '.join(hidden)}, where Halo's own requests do not go. " if hidden else ""


def _database() -> Finding:
    try:
        database.is_ready()
        with db.engine.connect() as connection:
            held = connection.connection.driver_connection
            if isinstance(held, sqlite3.Connection) and (said := backups.is_whole(held)):
                return Finding("problem", f"The database is damaged: {said}. Put a backup back: flask restore FILE.")
            if migrate.is_current(connection):
                return Finding("ok", f"The database answers and is at {migrate.head()}.")
            stands = f"The database is at {migrate.current(connection)} and needs {migrate.head()}"
            return Finding("problem", f"{stands}: run flask db upgrade.")
    except outage.FAULTS:
        return Finding("problem", "The database does not answer. Look at DATABASE_URL.")


def _counters(settings: Settings) -> Iterator[Finding]:
    if not limits.is_countable():
        said = f"Limits cannot be counted: {settings.instance / 'counters'} cannot be used"
        yield Finding("problem", f"{said}. Calls are refused until it can.")
        return
    if settings.redis_url:
        if limits.is_away():
            said = "Redis does not answer, so every machine counts limits for itself. Look at REDIS_URL."
            yield Finding("problem", said)
        else:
            yield Finding("ok", "Redis answers, and limits are counted there.")
    if pushed := limits.pushed():
        said = f"{pushed:,} counters were pushed out of a full table within a day: somebody knocks from many addresses."
        yield Finding("warning", said)


def _disk(settings: Settings) -> Finding:
    lacking = disk.shortage(settings.instance)
    if lacking is None:
        return Finding("ok", f"The disk under {settings.instance} has room.")
    return Finding(
        "problem", f"The disk under {settings.instance} is full: {lacking}. Calls are refused until it is not."
    )


def _jobs() -> Finding:
    try:
        pulse, standings = heartbeat.pulse(now()), standing.every(now())
    except outage.FAULTS:
        return Finding("warning", "How jobs stand cannot be read: see the line about the database.")
    if not pulse.is_alive:
        said = f"Jobs wait: {pulse.sentence}. Start flask work, or flask serve without HALO_JOBS=0."
        return Finding("warning", said)
    if failing := [each.job.name for each in standings if each.failing]:
        return Finding("warning", f"Jobs fail: {', '.join(failing)}. flask jobs says why.")
    return Finding("ok", f"Jobs are worked on: {pulse.sentence}.")


def _key(settings: Settings) -> Finding:
    key = settings.secret_key
    if key == DEVELOPMENT_SECRET or len(set(key)) < DISTINCT:
        return Finding("problem", "The secret key can be guessed: HALO_SECRET_KEY must be drawn at random.")
    return Finding("ok", "The secret key is long and varied.")
