"""The newest row of a tool or a connection: one step of an index for each, however long the log is."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from sqlalchemy import select, union_all

from halo.audit.models import ActionExecution
from halo.database import db


def of_tools(workspace_id: str, names: Iterable[str]) -> dict[str, datetime.datetime]:
    """Tool -> its last call, refused ones too; tools that nobody called are absent."""
    newest = [
        select(ActionExecution.tool, ActionExecution.at)
        .where(ActionExecution.workspace_id == workspace_id, ActionExecution.tool == name)
        .order_by(ActionExecution.id.desc())
        .limit(1)
        .subquery()
        for name in names
    ]
    if not newest:
        return {}
    return {row.tool: row.at for row in db.session.execute(union_all(*(select(each) for each in newest)))}


def of_grant(grant_id: str, *, workspace_id: str) -> ActionExecution | None:
    """The newest row of one connection."""
    return db.session.scalar(
        select(ActionExecution)
        .where(ActionExecution.workspace_id == workspace_id, ActionExecution.grant_id == grant_id)
        .order_by(ActionExecution.id.desc())
        .limit(1)
    )
