"""What Halo shows to a server, so that it answers: kept sealed, cached in the process, renewed before it ends.

    shown = credentials.authorization(server_id, workspace_id, revision)
    ... the header is shown.value; after a 401:
    if credentials.refused(server_id, workspace_id, shown.generation):
        ... once more, with what `authorization` gives now

What is sealed says whose it is (`halo.servers.sealing`). Renewing is the job `servers.renew`, by the lease of its row:
whoever comes first does it, be it a worker at its time or a call that finds the token at its end, and the others wait
for what comes of it. What fails in between deletes nothing.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select, update

from halo.ground import outbound, server_limits, settings
from halo.ground.database import db, give_back, now, one_change
from halo.ground.database.quick import Prepared
from halo.ground.errors import UpstreamFailed
from halo.ground.limits import SERVERS_KNOWN
from halo.ground.per_app import PerApp
from halo.ground.principal import Member
from halo.ground.recent import Recent
from halo.jobs import declared, runner
from halo.ledger import changes
from halo.servers import sealing, tokens
from halo.servers.models import Server, ServerCredential
from halo.servers.sealing import Secrets, SignedOut

RENEW = "servers.renew"
"""The job's name."""
RENEWALS = 2
"""For one call: an issuer whose tokens are dead on arrival is not asked for ever."""
MOST_SCOPE = 2000
"""Signs of a scope that a stranger's challenge names."""
LOOK_SECONDS = 0.05
"""Between two looks at what comes of a renewal."""


class Shown(NamedTuple):
    """What a request shows."""

    value: str
    """Of the header `Authorization`."""
    generation: int


class _Row(NamedTuple):
    """A row of `_ROW`."""

    sealed: str
    issuer: str
    generation: int
    expires_at: datetime | None
    dead_at: datetime | None
    due_at: datetime | None
    lease_until: datetime | None
    last_error: str
    url: str


_ROW = Prepared(
    select(
        ServerCredential.sealed,
        ServerCredential.issuer,
        ServerCredential.generation,
        ServerCredential.expires_at,
        ServerCredential.dead_at,
        ServerCredential.due_at,
        ServerCredential.lease_until,
        ServerCredential.last_error,
        Server.url,
    )
    .join(Server, (Server.id == ServerCredential.server_id) & (Server.workspace_id == ServerCredential.workspace_id))
    .where(
        ServerCredential.server_id == bindparam("server_id"),
        ServerCredential.workspace_id == bindparam("workspace_id"),
    )
)


class _Kept(NamedTuple):
    revision: int
    shown: Shown
    until: float


_kept: PerApp[Recent[str, _Kept]] = PerApp(lambda: Recent(SERVERS_KNOWN))


def authorization(server_id: str, workspace_id: str, revision: int | None = None) -> Shown | None:
    """What to show to the server; None where nothing is kept for it. Raises `SignedOut`, or `UpstreamFailed("refresh")`
    where it has ended and could not be renewed.

    With the server's `revision`, which other secrets raise, nothing is asked of the database while what this process
    holds is good for another minute.
    """
    held = _kept.get().get(server_id) if revision is not None else None
    if held is not None and held.revision == revision and time.time() < held.until:
        return held.shown
    return _looked_up(server_id, workspace_id, revision)


def refused(server_id: str, workspace_id: str, generation: int) -> bool:
    """The server answered 401 to what is of this generation: whether other credentials stand there now, so that the
    request is worth making once more. Raises as `authorization` does."""
    _kept.get().drop(server_id)
    row = _row(server_id, workspace_id)
    if row is None:
        return False
    if row.generation == generation:
        secrets = sealing.opened(row.sealed, workspace_id, server_id, row.issuer, row.url)
        if not secrets.refresh or time.time() - secrets.issued_at < server_limits.SERVER_TOKEN_YOUNG_SECONDS:
            return False
        _make_due(server_id, generation)
    shown = _looked_up(server_id, workspace_id, None, but=generation)
    return shown is not None and shown.generation != generation


def keep(server: Server, secrets: Secrets, *, principal: Member | None) -> None:
    """Show these from the next call on, in the place of what stood there."""
    with one_change() as session:
        mine = select(ServerCredential).where(ServerCredential.server_id == server.id).with_for_update()
        row = session.scalar(mine)
        if row is None:
            row = ServerCredential(server_id=server.id, workspace_id=server.workspace_id, generation=0)
            session.add(row)
        sealing.write(row, secrets, server.url)
        row.lease_until, row.attempts, row.last_error, row.dead_at, row.short_of = None, 0, "", None, ""
        row.obtained_at, row.obtained_by = now(), principal.person_id if principal else None
        _raise_revision(server.id)
        changes.record(
            "server.signed_in",
            workspace_id=server.workspace_id,
            principal=principal,
            subject=subject(server),
            after={"issuer": secrets.issuer, "scope": secrets.scope} if secrets.issuer else None,
        )


def forget(server: Server, *, principal: Member | None = None) -> None:
    """Hold nothing for it any more. What the issuer still takes, `revoke` takes back."""
    with one_change() as session:
        session.execute(delete(ServerCredential).where(ServerCredential.server_id == server.id))
        _raise_revision(server.id)
        if principal is None:
            changes.raise_version(server.workspace_id)
        else:
            changes.record(
                "server.let_go", workspace_id=server.workspace_id, principal=principal, subject=subject(server)
            )


def falls_short(server_id: str, scope: str) -> None:
    """The server wants more of a request than these reach (403, `insufficient_scope`): the next sign-in asks for it."""
    is_new = (ServerCredential.server_id == server_id) & (ServerCredential.short_of != scope)
    with one_change() as session:
        session.execute(update(ServerCredential).where(is_new).values(short_of=scope[:MOST_SCOPE]))


def revoke(server_id: str, workspace_id: str) -> bool | None:
    """Have the issuer take back what it issued (RFC 7009): whether it did; None where there is nothing to take back, or
    no way to ask for it."""
    row = _row(server_id, workspace_id)
    try:
        held = sealing.opened(row.sealed, workspace_id, server_id, row.issuer, row.url) if row else None
    except SignedOut:
        return False
    if held is None or row is None or row.dead_at or not held.revocation_endpoint or held.client is None:
        return None
    give_back()
    try:
        with outbound.under(outbound.servers(settings.current()), server_limits.SERVER_TOKEN_SECONDS):
            return tokens.revoke(held.revocation_endpoint, held.client, held.tokens)
    except UpstreamFailed:
        return False


def subject(server: Server) -> tuple[str, str, str]:
    """A server, as the record of changes names it."""
    return "server", server.id, f"{server.name} ({server.slug})"


def _row(server_id: str, workspace_id: str) -> _Row | None:
    found = _ROW.first(server_id=server_id, workspace_id=workspace_id)
    return _Row(*found) if found else None


def _looked_up(server_id: str, workspace_id: str, revision: int | None, *, but: int | None = None) -> Shown | None:
    """What stands in the row, renewed where it has to be; `but` is a generation that is of no use."""
    end, renewals = time.monotonic() + server_limits.SERVER_TOKEN_WAIT_SECONDS, 0
    while True:
        row, at = _row(server_id, workspace_id), now()
        if row is None:
            return None
        if row.dead_at is not None:
            raise SignedOut
        if row.due_at is not None and row.due_at <= at and not _is_held(row, at) and renewals < RENEWALS:
            renewals += 1
            _renew(server_id)
            continue
        is_good = row.generation != but and (row.expires_at is None or row.expires_at > at)
        if is_good:
            return _shown(row, server_id, workspace_id, revision)
        if not _is_held(row, at):
            raise UpstreamFailed("refresh", f"The sign-in could not be renewed. {row.last_error}".strip())
        if time.monotonic() > end:
            raise UpstreamFailed("refresh", "The sign-in is being renewed, which takes long. Try again in a minute.")
        give_back()
        time.sleep(LOOK_SECONDS)


def _is_held(row: _Row, at: datetime) -> bool:
    return row.lease_until is not None and row.lease_until > at


def _renew(server_id: str) -> None:
    job = declared.find(RENEW)
    if job is None:
        raise LookupError(f"the job {RENEW} is not declared")
    runner.run(job, server_id)


def _shown(row: _Row, server_id: str, workspace_id: str, revision: int | None) -> Shown:
    secrets = sealing.opened(row.sealed, workspace_id, server_id, row.issuer, row.url)
    shown = Shown(f"Bearer {secrets.access}", row.generation)
    until = (row.due_at or datetime.max.replace(tzinfo=UTC)).timestamp()
    if revision is not None and until > time.time():
        _kept.get().put(server_id, _Kept(revision, shown, until))
    return shown


def _make_due(server_id: str, generation: int) -> None:
    is_it = (ServerCredential.server_id == server_id) & (ServerCredential.generation == generation)
    with one_change() as session:
        session.execute(update(ServerCredential).where(is_it, ServerCredential.dead_at.is_(None)).values(due_at=now()))


def _raise_revision(server_id: str) -> None:
    db.session.execute(update(Server).where(Server.id == server_id).values(revision=Server.revision + 1))
