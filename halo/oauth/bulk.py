"""Writing connections as they are, times included: for the demo. No token of them works: nobody knows its text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import insert, select

from halo.ground.database import db, one_change
from halo.oauth.models import Grant, OAuthClient, Token

Row = dict[str, Any]


def write(clients: Sequence[Row], grants: Sequence[Row], tokens: Sequence[Row]) -> int:
    """Add the rows; all rows of one kind have the same columns."""
    with one_change() as session:
        for model, rows in ((OAuthClient, clients), (Grant, grants), (Token, tokens)):
            if rows:
                session.execute(insert(model), list(rows))
    return len(clients) + len(grants) + len(tokens)


def is_blank(workspace_id: str, client_ids: Collection[str]) -> bool:
    """Whether the workspace has no connection yet, and nobody has met these clients."""
    met = db.session.scalar(select(OAuthClient.id).where(OAuthClient.client_id.in_(client_ids)).limit(1))
    held = db.session.scalar(select(Grant.id).where(Grant.workspace_id == workspace_id).limit(1))
    return met is None and held is None
