"""Applications that can ask for a grant: registering them, finding them, and forgetting those that nobody used."""

from __future__ import annotations

import datetime
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, exists, select

from halo.ground import vault
from halo.ground.database import db, now, one_change
from halo.ground.settings import Settings
from halo.oauth import cimd, known_clients, redirects
from halo.oauth.models import ConsentRequest, Grant, OAuthClient

UNUSED_FOR = datetime.timedelta(hours=24)
"""How long a registration may wait for its first grant."""
AT_ONCE = 500
"""Registrations that one change forgets: writers wait for it some milliseconds."""
_COLUMNS = ("redirect_uris", "client_name", "token_endpoint_auth_method")


def find(client_id: str) -> OAuthClient | None:
    """The client as it is known here, without asking anybody."""
    if not client_id or len(client_id) > 2048 or "\x00" in client_id:
        return None
    found = db.session.scalar(select(OAuthClient).where(OAuthClient.client_id == client_id))
    return found if found is not None and found.kind != "personal" else None


def load(client_id: str, *, settings: Settings) -> OAuthClient | None:
    """The client, its document read where it has one that is new or stale; raises `cimd.Unreadable`."""
    if not cimd.is_address(client_id):
        return find(client_id)
    if problem := cimd.problem(client_id, settings):
        raise cimd.Misnamed(problem)
    known = find(client_id)
    if known is not None and _is_fresh(known):
        return known
    try:
        return _kept(client_id, cimd.read(client_id, settings))
    except cimd.Unreachable:
        # A closed network or a vendor's outage must not stop people; a document that is gone or wrong does.
        if known is not None and known.document_fresh_until and now() < known.document_fresh_until + cimd.GRACE:
            return known
        if (ours := known_clients.of_document(client_id)) is None:
            raise
    return _kept(client_id, cimd.Document(known_clients.described(ours), cimd.SHORTEST))


def _kept(client_id: str, document: cimd.Document) -> OAuthClient:
    """The client with this description, for as long as it may be believed."""
    with one_change() as session:
        row = find(client_id)
        if row is None:
            row = OAuthClient(client_id=client_id, kind="cimd", name="")
            session.add(row)
        _describe(row, document.metadata)
        row.document_fresh_until = now() + document.fresh_for
    return row


def is_answered_at(client: OAuthClient, redirect_uri: str) -> bool:
    """Whether the client may be answered there; from our own list, at what `known_clients` says of it."""
    if client.is_from_list:
        return known_clients.may_answer(client.client_id, redirect_uri)
    return redirects.matches(client.redirect_uris, redirect_uri)


def register(client_id: str, secret: str | None, metadata: Mapping[str, Any], *, address: str) -> OAuthClient:
    """Keep a dynamic registration (RFC 7591); there is no limit of how many there are (S-26)."""
    with one_change() as session:
        row = OAuthClient(client_id=client_id, kind="dcr", name="", registered_from=address[:64])
        row.secret_digest = vault.digest(secret) if secret else None
        _describe(row, metadata)
        session.add(row)
    return row


def new_client_id() -> str:
    return "halo_client_" + secrets.token_urlsafe(18)


def new_secret() -> str:
    return "halo_cs_" + secrets.token_urlsafe(32)


def has_secret(client: OAuthClient, secret: str) -> bool:
    """Whether this is the client's secret."""
    digest = vault.digest(secret)
    return client.secret_digest is not None and hmac.compare_digest(client.secret_digest, digest)


def reap() -> int:
    """Forget registrations that waited a day without a grant; how many went, AT_ONCE at most.

    A client with a grant stays, whatever its age, so that nobody is cut off on some thirtieth day (S-26).
    """
    unused = (
        select(OAuthClient.id)
        .where(
            OAuthClient.kind != "personal",
            OAuthClient.created_at < now() - UNUSED_FOR,
            ~exists().where(Grant.client_row_id == OAuthClient.id),
            ~exists().where(ConsentRequest.client_row_id == OAuthClient.id),
        )
        .limit(AT_ONCE)
    )
    with one_change() as session:
        gone = session.execute(
            delete(OAuthClient).where(OAuthClient.id.in_(unused)), execution_options={"synchronize_session": False}
        )
    return int(getattr(gone, "rowcount", 0))


def _is_fresh(client: OAuthClient) -> bool:
    return client.document_fresh_until is not None and client.document_fresh_until > now()


def _describe(row: OAuthClient, metadata: Mapping[str, Any]) -> None:
    row.name = metadata["client_name"]
    row.redirect_uris = list(metadata["redirect_uris"])
    row.token_endpoint_auth_method = metadata["token_endpoint_auth_method"]
    row.details = {key: value for key, value in metadata.items() if key not in _COLUMNS}
