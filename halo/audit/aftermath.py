"""What was still answered after something was switched off: the proof that it is off, or that it is not."""

from __future__ import annotations

import datetime

from sqlalchemy import select

from halo.audit import moments
from halo.audit.models import ActionExecution
from halo.database import db

MOST = 100
"""Calls that are looked at; there should be none."""
_ANSWERED = ("ok", "tool_error", "failed")


def answered_since(workspace_id: str, *, since: datetime.datetime) -> list[datetime.datetime]:
    """When the calls began that were not refused and ended after this moment; the newest first, `MOST` of them."""
    found = db.session.execute(
        select(ActionExecution.at, ActionExecution.latency_us)
        .where(
            ActionExecution.workspace_id == workspace_id,
            ActionExecution.outcome.in_(_ANSWERED),
            ActionExecution.id >= moments.first_id(since),
        )
        .order_by(ActionExecution.id.desc())
        .limit(MOST)
    )
    return [at - datetime.timedelta(microseconds=took) for at, took in found if at > since]
