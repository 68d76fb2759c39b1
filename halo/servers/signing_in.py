"""Signing in at a server's authorization server for the workspace, over two visits of one browser.

`begin` finds out where and says which address the browser opens next; `finish` takes what it brings back. Between them
stands a row that is used once, within ten minutes, by the same person in the same browser and workspace: a code that
somebody else obtained, or somebody else's browser, ends nowhere. What comes of it is kept as `halo.servers.credentials`
keeps everything; what stood there before goes only when others stand in its place.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from sqlalchemy import delete, select, update

from halo.ground import outbound, server_limits, settings, vault
from halo.ground.database import db, give_back, new_id, now, one_change
from halo.ground.errors import HaloError, NotFound, UpstreamFailed
from halo.ground.outbound.guard import Policy
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.servers import authorization, clients, credentials, discovery, loading, meeting, sealing
from halo.servers.authorization import Pending, Wishes
from halo.servers.client import Address, Upstream
from halo.servers.discovery import Challenge, Place
from halo.servers.failures import NeedsSignIn
from halo.servers.models import Server, ServerCredential, ServerSignIn
from halo.servers.sealing import Secrets
from halo.servers.tokens import Tokens
from halo.servers.upstreams import address_of

MANAGE = Permission.INTEGRATIONS_MANAGE
LIFE = datetime.timedelta(seconds=server_limits.SERVER_SIGN_IN_SECONDS)
KEPT = datetime.timedelta(seconds=server_limits.SERVER_SIGN_INS_KEPT_SECONDS)
UNHEARD = ("address", "tls")
"""Stages at which no document could be read either."""
UNKNOWN = "This sign-in was not begun here, or it is too long ago."
USED = "This sign-in was finished already. What came of it stands on the server's page."
LATE = "The sign-in took longer than ten minutes."
ELSEWHERE = "This sign-in was begun by somebody else, or in another browser or workspace."
CHANGED = "The server was given another address or another way of signing in meanwhile."
TWICE = "The authorization server's answer says the same thing twice."


class NotFinished(HaloError):
    """A sign-in that came to nothing: why, and whose it was where its own person may know."""

    def __init__(self, message: str, slug: str = "", stage: str = "") -> None:
        super().__init__(message)
        self.slug = slug
        self.stage = stage
        """Where a server of others failed; empty where Halo refused."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in whose browser can be sent on."""

    address: str
    host: str
    """Who asks there, for the person to see before they go."""
    is_another: bool
    """Whether the credentials that stand here now are of another authorization server."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A sign-in that is kept."""

    slug: str
    name: str
    ends_at: datetime.datetime | None
    """When it ends, where nothing was given to renew it with."""


def begin(slug: str, *, principal: Member) -> Begun:
    """Find out where to sign in, be a client there, and remember who began; raises `UpstreamFailed`, `NotOffered`
    where a client has to be typed in."""
    server = _server(slug, principal)
    if server.auth_method != "oauth2":
        raise NotFound("sign-in: this server is not signed in to with OAuth")
    before = db.session.get(ServerCredential, server.id)
    scope, issuer, short_of = (before.scope, before.issuer, before.short_of) if before else ("", "", "")
    address, policy = address_of(server), outbound.servers(settings.current())
    wishes, kept, sealed = _wishes(server.wishes), clients.held_for(server), server.client
    with meeting.a_place():
        told = _challenge(address)
        place = _found(address.url, told, policy)
        if short_of:
            told = Challenge(told.resource_metadata, authorization.joined(told.scope or "", short_of), told.error)
        with outbound.under(policy, server_limits.SERVER_TOKEN_SECONDS):
            to, pending = authorization.begun(
                place,
                told,
                us=clients.ourselves(settings.current()),
                client=clients.fitting(kept, place.issuer),
                wishes=wishes,
                before=scope if issuer == place.issuer.issuer and short_of else "",
            )
    _remember(address.url, pending, sealed, server_id=server.id, principal=principal)
    return Begun(to, urlsplit(to).hostname or "", bool(issuer) and issuer != place.issuer.issuer)


def finish(answer: Mapping[str, list[str]], *, principal: Member) -> Finished:
    """Keep what the browser brought back; raises `NotFinished`."""
    loading.demand(MANAGE, principal=principal)
    row = _taken(answer, principal)
    server = loading.by_id(row.server_id, workspace_id=principal.workspace_id)
    if any(len(values) > 1 for values in answer.values()):
        raise NotFinished(TWICE, server.slug)
    pending = _pending(row, server)
    try:
        held = _redeemed(pending, {name: values[0] for name, values in answer.items()})
    except UpstreamFailed as problem:
        raise NotFinished(problem.message, server.slug, problem.stage) from None
    secrets = Secrets.of_tokens(
        held,
        client=pending.client,
        issuer=pending.issuer,
        token_endpoint=pending.token_endpoint,
        revocation_endpoint=pending.revocation_endpoint,
        resource=pending.resource,
    )
    with one_change():
        server = loading.server(server.slug, workspace_id=principal.workspace_id, locks=True)
        _pending(row, server)  # it may have become another while the authorization server was asked
        credentials.keep(server, secrets, principal=principal)
    ends = None if secrets.refresh or not secrets.expires_at else secrets.due_at
    return Finished(server.slug, server.name, ends)


def sign_out(slug: str, *, principal: Member) -> bool | None:
    """Show nothing to the server any more, and be no client there: whether the issuer took back what it issued, as
    `credentials.revoke` says. A client that was typed in stays, for the next sign-in."""
    server = _server(slug, principal)
    revoked = credentials.revoke(server.id, server.workspace_id)
    with one_change():
        server = _server(slug, principal)
        held = clients.held_for(server)
        if held is not None and held.kind != "typed":
            clients.keep(server, None)
        credentials.forget(server, principal=principal)
    return revoked


def enter_client(slug: str, client_id: str, secret: str, method: str, *, principal: Member) -> Server:
    """Be this client at the server's authorization server (`clients.enter`)."""
    server = _server(slug, principal)
    clients.enter(server, client_id, secret, method, principal=principal)
    return server


def _server(slug: str, principal: Member) -> Server:
    """The workspace's server, for somebody who may manage it; raises `NotFound` and `Denied`."""
    loading.demand(MANAGE, principal=principal)
    return loading.server(slug, workspace_id=principal.workspace_id)


def _challenge(address: Address) -> Challenge:
    """What the server says to a stranger. Some let strangers list and ask at a call only, and some fail without
    credentials: their documents say the rest."""
    try:
        with Upstream(address).conversation(None, seconds=server_limits.SERVER_TOKEN_SECONDS) as talk:
            talk.welcome()
            talk.tools()
    except NeedsSignIn as wanted:
        return discovery.challenge(wanted.challenge)
    except UpstreamFailed as problem:
        if problem.stage in UNHEARD:
            raise
    return Challenge()


def _found(url: str, told: Challenge, policy: Policy) -> Place:
    with outbound.under(policy, server_limits.SERVER_TOKEN_SECONDS):
        return discovery.find(url, told)


def _wishes(held: Mapping[str, Any]) -> Wishes:
    return Wishes(str(held.get("scope", "")), dict(held.get("extra") or {}), held.get("omits_resource") is True)


def _redeemed(pending: Pending, answer: Mapping[str, str]) -> Tokens:
    chosen = settings.current()
    give_back()
    with outbound.under(outbound.servers(chosen), server_limits.SERVER_TOKEN_SECONDS):
        return authorization.finished(pending, answer, callback=clients.ourselves(chosen).callback)


def _pending(row: ServerSignIn, server: Server) -> Pending:
    """What was kept of its first half; raises `NotFinished` where it was for another place."""
    try:
        text = vault.open_for(row.sealed, *_names(row, server.url))
    except HaloError:
        text = ""
    if not text or server.auth_method != "oauth2":
        raise NotFinished(CHANGED, server.slug)
    return Pending.of_plain(orjson.loads(text))


def _remember(url: str, pending: Pending, client_before: str, *, server_id: str, principal: Member) -> None:
    """Its first half, and the client of it, where nobody entered another one meanwhile."""
    row = ServerSignIn(
        id=new_id(),
        workspace_id=principal.workspace_id,
        server_id=server_id,
        person_id=principal.person_id,
        session=vault.digest(principal.session_id),
        state=vault.digest(pending.state),
        expires_at=now() + LIFE,
    )
    row.sealed = vault.seal_for(orjson.dumps(pending.plain()).decode(), *_names(row, url))
    with one_change() as session:
        session.execute(delete(ServerSignIn).where(ServerSignIn.expires_at < now() - KEPT))
        server = loading.by_id(server_id, workspace_id=principal.workspace_id)
        if server.client == client_before and server.url == url:
            clients.keep(server, pending.client)
        session.add(row)


def _taken(answer: Mapping[str, list[str]], principal: Member) -> ServerSignIn:
    """The sign-in that this answers, which nobody can take again; raises `NotFinished`. Who may not take it leaves it
    as it is."""
    state = vault.digest((answer.get("state") or [""])[0])
    with one_change() as session:
        row = session.scalar(select(ServerSignIn).where(ServerSignIn.state == state).with_for_update())
        if row is None:
            raise NotFinished(UNKNOWN)
        whose = (row.person_id, row.session, row.workspace_id)
        if whose != (principal.person_id, vault.digest(principal.session_id), principal.workspace_id):
            raise NotFinished(ELSEWHERE)
        slug = session.scalar(select(Server.slug).where(Server.id == row.server_id)) or ""
        if not row.sealed:
            raise NotFinished(USED, slug)
        if row.expires_at <= now():
            raise NotFinished(LATE, slug)
        taken = ServerSignIn(
            workspace_id=row.workspace_id, server_id=row.server_id, person_id=row.person_id, sealed=row.sealed
        )
        session.execute(update(ServerSignIn).where(ServerSignIn.id == row.id).values(sealed=""))
    return taken


def _names(row: ServerSignIn, url: str) -> tuple[str, ...]:
    return "server sign-in", row.workspace_id, row.server_id, row.person_id, sealing.origin_of(url)
