"""Renewing what Halo shows to a server: the unit of the job `servers.renew`."""

from __future__ import annotations

import time
from dataclasses import replace

from halo import jobs
from halo.ground import outbound, server_limits, settings
from halo.ground.database import now
from halo.ledger import changes
from halo.servers import clients, credentials, discovery, sealing, tokens
from halo.servers.discovery import Challenge
from halo.servers.models import Server, ServerCredential
from halo.servers.registering import Registration
from halo.servers.sealing import Secrets
from halo.servers.tokens import SignInRefused, Tokens


def renew(turn: jobs.Turn) -> bool:
    """Ask the issuer for the next token, and keep it. Raises `UpstreamFailed` where that is worth trying again; the
    old ones stay. Only an issuer that does not know the refresh token any more ends the sign-in."""
    secrets, generation, url, client = _held(turn)
    try:
        secrets = _completed(secrets, url, client)
        following = _asked(secrets)
    except SignInRefused as problem:
        if problem.code != "invalid_grant":
            raise
        following = None
    with turn.change() as session:
        row = session.get_one(ServerCredential, turn.row_id)
        if row.generation == generation:
            server = session.get_one(Server, row.server_id)
            if following is None:
                _end(row, server)
            else:
                sealing.write(row, _next(secrets, following), server.url)
    return False


def _held(turn: jobs.Turn) -> tuple[Secrets, int, str, Registration | None]:
    """The secrets, their generation, the server's address, and who Halo is at its authorization server."""
    with turn.change() as session:
        row = session.get_one(ServerCredential, turn.row_id)
        server = session.get_one(Server, row.server_id)
        secrets = sealing.opened(row.sealed, row.workspace_id, row.server_id, row.issuer, server.url)
        return secrets, row.generation, server.url, clients.held_for(server)


def _completed(secrets: Secrets, url: str, client: Registration | None) -> Secrets:
    """Of tokens that a person pasted nobody said where they are renewed: the server's documents do. It takes the client
    that they were issued to, which a person typed in."""
    if not secrets.refresh or secrets.client is not None or client is None:
        return secrets
    with outbound.under(outbound.servers(settings.current()), server_limits.SERVER_TOKEN_SECONDS):
        place = discovery.find(url, Challenge())
    return replace(
        secrets,
        client=clients.fitting(client, place.issuer),
        issuer=place.issuer.issuer,
        token_endpoint=place.issuer.token_endpoint,
        revocation_endpoint=place.issuer.revocation_endpoint or "",
        resource=place.resource if place.is_described else "",
    )


def _asked(secrets: Secrets) -> Tokens | None:
    """The next tokens; None where nothing can renew these."""
    if not secrets.refresh or secrets.client is None or not secrets.token_endpoint:
        return None
    with outbound.under(outbound.servers(settings.current()), server_limits.SERVER_TOKEN_SECONDS):
        return tokens.refreshed(secrets.token_endpoint, secrets.client, secrets.tokens, secrets.resource or None)


def _next(secrets: Secrets, held: Tokens) -> Secrets:
    return replace(
        secrets,
        access=held.access,
        refresh=held.refresh,
        expires_at=held.expires_at,
        scope=held.scope,
        issued_at=time.time(),
    )


def _end(row: ServerCredential, server: Server) -> None:
    """Somebody has to sign in again: the gate says so from the next call on."""
    row.dead_at, row.due_at = now(), None
    changes.record(
        "server.signed_out",
        workspace_id=row.workspace_id,
        principal=None,
        by="the authorization server",
        subject=credentials.subject(server),
    )
