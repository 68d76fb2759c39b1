"""What the log holds of single connections: a step of an index for each, however long the log is."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable

from sqlalchemy import select, true, union_all

from halo.ground.database import db
from halo.ledger import moments
from halo.ledger.executions import OUTCOMES
from halo.ledger.models import ActionExecution, Change

_Row = ActionExecution
AT_ONCE = 100
"""Connections asked for in one statement."""


def last_calls(grant_ids: Iterable[str]) -> dict[str, ActionExecution]:
    """Connection -> its last recorded call, a refused one too; those that never called are absent."""
    wanted = list(grant_ids)
    found: dict[str, ActionExecution] = {}
    for start in range(0, len(wanted), AT_ONCE):
        newest = [
            select(select(_Row.id).where(_Row.grant_id == it).order_by(_Row.id.desc()).limit(1).subquery())
            for it in wanted[start : start + AT_ONCE]
        ]
        ids = list(db.session.scalars(union_all(*newest)))
        found |= {row.grant_id or "": row for row in db.session.scalars(select(_Row).where(_Row.id.in_(ids)))}
    return found


def first_refused(workspace_id: str, grant_id: str, *, since: datetime.datetime) -> ActionExecution | None:
    """The first call of the connection that was refused since: the proof that an ending is in force."""
    return db.session.scalar(
        select(_Row)
        .where(
            _Row.grant_id == grant_id,
            _Row.id >= moments.first_id(since),
            _Row.workspace_id == workspace_id,
            _Row.at >= since,
            _Row.outcome == "refused",
        )
        .order_by(_Row.id)
        .limit(1)
    )


def changes_of_many(
    workspace_id: str, events: Collection[str], kind: str, subject_ids: Collection[str]
) -> dict[str, Change]:
    """The newest change of these events for each of these subjects that has one."""
    rows = db.session.scalars(
        select(Change)
        .where(
            Change.workspace_id == workspace_id,
            Change.subject_kind == kind,
            Change.subject_id.in_(subject_ids),
            Change.event.in_(events),
        )
        .order_by(Change.id)
    )
    return {row.subject_id: row for row in rows}


def of_grant(grant_id: str, *, workspace_id: str) -> ActionExecution | None:
    """The newest row of one connection."""
    return db.session.scalar(
        select(ActionExecution)
        .where(ActionExecution.workspace_id == workspace_id, ActionExecution.grant_id == grant_id)
        .order_by(ActionExecution.id.desc())
        .limit(1)
    )


MOST = 100
"""Calls that are looked at; there should be none."""


def answered_since(
    workspace_id: str, *, since: datetime.datetime, only_servers: bool = False
) -> list[datetime.datetime]:
    """When the calls began, all or those of connected servers, that were not refused and ended after this moment; the
    newest first, `MOST` of them."""
    found = db.session.execute(
        select(ActionExecution.at, ActionExecution.latency_us)
        .where(
            ActionExecution.workspace_id == workspace_id,
            ActionExecution.outcome.in_(set(OUTCOMES) - {"refused", "unknown"}),
            ActionExecution.id >= moments.first_id(since),
            ActionExecution.server_id.is_not(None) if only_servers else true(),
        )
        .order_by(ActionExecution.id.desc())
        .limit(MOST)
    )
    return [at - datetime.timedelta(microseconds=took) for at, took in found if at > since]
