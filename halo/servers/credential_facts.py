"""What may be told of a server's credentials: everything but what is sealed."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import select

from halo.ground.database import db
from halo.servers.models import Server, ServerCredential
from halo.workspaces.models import Person


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """Of what is kept for one server."""

    issuer: str
    """Empty for a token that somebody pasted."""
    scope: str
    expires_at: datetime.datetime | None
    due_at: datetime.datetime | None
    """When Halo renews it by itself."""
    dead_at: datetime.datetime | None
    obtained_at: datetime.datetime
    obtained_by: str
    """A name; empty where the person is gone."""
    trouble: str
    """Why it could not be renewed the last time."""


def kept_for(server: Server) -> CredentialFacts | None:
    """What is kept for the server; None where nothing is."""
    mine = (
        select(ServerCredential, Person.name)
        .outerjoin(Person, Person.id == ServerCredential.obtained_by)
        .where(ServerCredential.server_id == server.id, ServerCredential.workspace_id == server.workspace_id)
    )
    found = db.session.execute(mine).first()
    if found is None:
        return None
    row, name = found
    return CredentialFacts(
        row.issuer,
        row.scope,
        row.expires_at,
        row.due_at,
        row.dead_at,
        row.obtained_at,
        name or "",
        row.last_error or "",
    )
