"""Rows of connected servers for tests, as plain functions; inside an app context."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import select, update

from halo.ground.database import db, one_change
from halo.jobs import declared, runner
from halo.servers import credentials
from halo.servers.credentials import RENEW
from halo.servers.models import Server, ServerCredential
from halo.servers.registering import Registration
from halo.servers.sealing import Secrets
from tests import cast
from tests.servers.issuing import Issuing


def a_server(url: str, *, workspace: str = cast.ACME, **columns: Any) -> Server:
    """A connected server without tools."""
    slug = columns.get("slug", "shop")
    values: dict[str, Any] = {"slug": slug, "name": slug.title(), "auth_method": "oauth2"} | columns
    with one_change() as session:
        server = Server(url=url, workspace_id=cast.workspace(workspace).id, **values)
        session.add(server)
    return server


def signed_in(server: Server, issuing: Issuing, *, ends_in: float = 3600, age: float = 600) -> Secrets:
    """What a sign-in at the issuer `age` seconds ago left, good for so many seconds still."""
    said = issuing.issue()
    secrets = Secrets(
        access=said["access_token"],
        refresh=said["refresh_token"],
        expires_at=time.time() + ends_in,
        scope=said["scope"],
        issued_at=time.time() - age,
        client=Registration(issuing.origin, "made", "registered", "s", "client_secret_basic"),
        issuer=issuing.origin,
        token_endpoint=f"{issuing.origin}/token",
        revocation_endpoint=f"{issuing.origin}/revoke",
    )
    credentials.keep(server, secrets, principal=None)
    return secrets


def credential(server: Server) -> ServerCredential:
    """Its row, as it stands now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(ServerCredential).where(ServerCredential.server_id == server.id)).one()


def shown(server: Server, revision: int | None = None) -> str:
    """What goes into the header; empty where nothing does."""
    found = credentials.authorization(server.id, server.workspace_id, revision)
    return found.value if found else ""


def worked(server: Server) -> str:
    """What a worker makes of the renewal now."""
    found = declared.find(RENEW)
    assert found is not None
    return runner.run(found, server.id)


def set_row(server: Server, **values: object) -> None:
    """Columns of its credential."""
    with one_change() as session:
        session.execute(update(ServerCredential).where(ServerCredential.server_id == server.id).values(**values))
