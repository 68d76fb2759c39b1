"""Asking a connected server for its tools again: by hand, when its list has grown old, and when an answer does not fit.

What came back is held against the lock (`halo.servers.snapshot`). When to ask next stands in the server's row
(`due_at`), so that a worker that is killed loses nothing; a job does it (`halo.servers.jobs`).
"""

from __future__ import annotations

import datetime
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from halo import jobs
from halo.flags import service as flags
from halo.flags.vocabulary import MCP_EXTERNAL_SERVERS
from halo.ground.database import db, now, one_change
from halo.ground.errors import Taken, UpstreamFailed
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.ground.server_limits import (
    SERVER_LIST_EVERY_SECONDS,
    SERVER_LIST_LATEST_SECONDS,
    SERVER_LIST_SOONEST_SECONDS,
)
from halo.ledger import changes
from halo.servers import credentials, health, loading, meeting, snapshot
from halo.servers.client import Address
from halo.servers.failures import NeedsSignIn
from halo.servers.meeting import Met
from halo.servers.models import Server
from halo.servers.snapshot import Refreshed
from halo.servers.upstreams import address_of

JOB = "servers.list"
"""The job's name."""


def refresh(slug: str, *, principal: Member) -> Refreshed:
    """Ask now; raises `UpstreamFailed` where the server does not say."""
    loading.demand(Permission.INTEGRATIONS_MANAGE, principal=principal)
    server = loading.server(slug, workspace_id=principal.workspace_id)
    whose = server.id, server.url
    met = asked(server)
    with one_change() as session:
        server = loading.server(slug, workspace_id=principal.workspace_id, locks=True)
        if (server.id, server.url) != whose:
            raise Taken("url", "The server was given another address, or connected anew, while it was asked.")
        return take(server, met, session=session, principal=principal, accepted_by=principal.person_id)


def asked(server: Server) -> Met:
    """What the server is and lists now; a failure is noted. Holds nothing of the database meanwhile."""
    server_id, workspace_id, address = server.id, server.workspace_id, address_of(server)
    others = snapshot.others_of(server)
    try:
        with meeting.a_place():
            met = _met(server_id, workspace_id, address, others)
    except UpstreamFailed as problem:
        health.failed(server_id, problem)
        raise
    return met


def _met(server_id: str, workspace_id: str, address: Address, others: Collection[str] | None) -> Met:
    """With the credentials that hold now; where they are refused, once more with those that took their place."""
    shown = credentials.authorization(server_id, workspace_id)
    try:
        return meeting.met(address, shown.value if shown else None, others)
    except NeedsSignIn:
        if shown is None or not credentials.refused(server_id, workspace_id, shown.generation):
            raise
    shown = credentials.authorization(server_id, workspace_id)
    return meeting.met(address, shown.value if shown else None, others)


def take(
    server: Server, met: Met, *, session: Session, principal: Member | None = None, accepted_by: str | None = None
) -> Refreshed:
    """Inside a change: what was met stands in the rows; nothing of a list that was not given.

    The first list is the lock, accepted by whoever saw to it; without a person all of it is held.
    """
    at = now()
    server.last_ok_at, server.problem_at, server.problem_stage, server.problem = at, None, "", ""
    if met.welcome.version:
        server.protocol_version = met.welcome.version
        server.said_name = snapshot.shown_name(met.welcome.name)
    if met.listed is None:
        server.due_at = None
        return Refreshed()
    is_first = server.listed_at is None
    found = snapshot.write(server, met.listed, session=session, accepted_by=accepted_by)
    server.listed_at, server.due_at = at, at + _pause(met.listed.ttl_ms)
    if found.found and not is_first:
        changes.record(
            "server.listed",
            workspace_id=server.workspace_id,
            principal=principal,
            by="" if principal else "Halo",
            subject=credentials.subject(server),
            after=dict(found.found),
        )
    elif found.found:
        changes.raise_version(server.workspace_id)
    return found


def _pause(ttl_ms: int) -> datetime.timedelta:
    seconds = ttl_ms / 1000 if ttl_ms else SERVER_LIST_EVERY_SECONDS
    return datetime.timedelta(seconds=min(max(seconds, SERVER_LIST_SOONEST_SECONDS), SERVER_LIST_LATEST_SECONDS))


def ask_again(turn: jobs.Turn) -> bool:
    """One unit of the job: ask the server that is due. Raises `UpstreamFailed`, so that it is asked again later."""
    server = db.session.scalar(select(Server).where(Server.id == turn.row_id))
    if server is None:
        return False
    if not _is_asked(server):
        _put_off(turn)
        return False
    turn.renew()
    try:
        met = asked(server)
    except NeedsSignIn:
        _put_off(turn)  # nobody but a person changes that
        return False
    with turn.change() as session:
        take(session.get_one(Server, turn.row_id), met, session=session)
    return False


def _is_asked(server: Server) -> bool:
    return server.is_on and flags.is_on(MCP_EXTERNAL_SERVERS, workspace_id=server.workspace_id)


def _put_off(turn: jobs.Turn) -> None:
    with turn.change() as session:
        later = now() + datetime.timedelta(seconds=SERVER_LIST_LATEST_SECONDS)
        session.get_one(Server, turn.row_id).due_at = later
