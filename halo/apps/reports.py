"""What people report of apps: it stands at every connection of the app until an admin settles it.

Reporting ends nothing: an admin reads it, and revokes the app or lets it be.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING

from halo.apps import connections
from halo.audit import of_grants
from halo.ground.database import one_change
from halo.ground.errors import Mistake
from halo.ground.principal import Member
from halo.ledger import changes
from halo.oauth.models import Grant, SecurityEvent

if TYPE_CHECKING:
    from halo.ledger.models import Change

log = logging.getLogger("halo.oauth")
REASONS = 500
"""Characters of a report."""
REPORTED, SETTLED = "client.reported", "client.report_settled"


def standing(workspace_id: str, clients: Collection[str]) -> dict[str, Change]:
    """The newest report of each of these apps that has one which nobody settled."""
    newest = of_grants.changes_of_many(workspace_id, (REPORTED, SETTLED), "client", clients)
    return {client: row for client, row in newest.items() if row.event == REPORTED}


def file(grant_id: str, why: str, *, principal: Member) -> Grant:
    """Tell the admins that an app does not do what it says; it stays connected until one of them acts."""
    why = " ".join(why.split())
    if not why:
        raise Mistake("why", "Say what the app did, so that an admin can act on it.")
    with one_change() as session:
        grant = connections.find(grant_id, principal=principal)
        details = {"client": grant.client.client_id, "by": principal.person_id, "why": why[:REASONS]}
        session.add(
            SecurityEvent(workspace_id=grant.workspace_id, kind="client_reported", grant_id=grant.id, details=details)
        )
        _record(REPORTED, grant, principal, why=why[:REASONS])
        log.warning("an app was reported: %s in workspace %s", grant.client.client_id, grant.workspace_id)
    return grant


def settle(grant_id: str, *, principal: Member) -> Grant:
    """Say that what was reported of the app needs nothing more. Once more, nothing happens."""
    connections.manages(principal)
    with one_change():
        grant = connections.find(grant_id, principal=principal)
        if standing(grant.workspace_id, [grant.client_row_id]):
            _record(SETTLED, grant, principal)
    return grant


def _record(event: str, grant: Grant, principal: Member, why: str = "") -> None:
    changes.record(
        event,
        workspace_id=grant.workspace_id,
        principal=principal,
        subject=("client", grant.client_row_id, grant.client.name),
        why=why,
    )
