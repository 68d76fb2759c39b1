"""All that is known of one connection: what was allowed when, what it used, its last calls, how its tokens do."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from halo.apps import summaries
from halo.apps.summaries import App
from halo.audit import history, of_grants, search
from halo.audit.counting import counts
from halo.audit.counting.counts import ToolCount
from halo.audit.search import Filters
from halo.ground.database import db, now
from halo.oauth import grants
from halo.oauth.models import Grant, SecurityEvent, Token

if TYPE_CHECKING:
    from halo.ledger.models import ActionExecution, Change

CALLS = 20
PROOF = datetime.timedelta(minutes=10)
"""How long a page waits for the first refused call of a connection that was ended."""


@dataclass(frozen=True)
class Dossier:
    """One connection in full."""

    app: App
    history: list[Change]
    tools: list[ToolCount]
    calls: list[ActionExecution]
    refreshes: int
    refreshes_refused: int

    @property
    def grant(self) -> Grant:
        return self.app.grant


@dataclass(frozen=True)
class Proof:
    """Whether a connection that was ended or paused has been refused since."""

    since: datetime.datetime
    call: ActionExecution | None

    @property
    def waits(self) -> bool:
        """Whether it is worth looking again."""
        return self.call is None and now() - self.since < PROOF


def compiled(grant: Grant) -> Dossier:
    """The connection in full."""
    (app,) = summaries.apps([grant])
    found = search.page(grant.workspace_id, Filters(grant=grant.id), size=CALLS)
    return Dossier(
        app,
        history.of_subject(grant.workspace_id, "grant", grant.id),
        counts.tools_of_grant(grant.id, workspace_id=grant.workspace_id),
        found.rows,
        _refreshes(grant),
        _refused(grant),
    )


def proof(grant: Grant) -> Proof | None:
    """What shows that it is over; None for a connection that is neither ended nor paused."""
    since = grant.revoked_at or grant.paused_at
    if since is None:
        return None
    return Proof(since, of_grants.first_refused(grant.workspace_id, grant.id, since=since))


def _refreshes(grant: Grant) -> int:
    """Every refresh leaves a refresh token that was replaced."""
    rows = select(func.count()).select_from(Token)
    return db.session.scalar(rows.where(Token.grant_id == grant.id, Token.rotated_at.is_not(None))) or 0


def _refused(grant: Grant) -> int:
    kinds = (grants.REFRESH_REFUSED, "refresh_replayed")
    mine = (SecurityEvent.workspace_id == grant.workspace_id, SecurityEvent.grant_id == grant.id)
    rows = select(func.count()).select_from(SecurityEvent).where(*mine, SecurityEvent.kind.in_(kinds))
    return db.session.scalar(rows) or 0
