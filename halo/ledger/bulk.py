"""Writing many rows of the log at once, with times of their own: for the demo, never for what really happened."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update

from halo.ground.database import one_change
from halo.ledger.models import ActionExecution, Change

Row = dict[str, Any]


def write(executions: Sequence[Row], changes: Sequence[Row]) -> int:
    """Add the rows as they are, ids and times included; all rows of one kind have the same columns."""
    with one_change() as session:
        for model, rows in ((ActionExecution, executions), (Change, changes)):
            if rows:
                session.execute(insert(model), list(rows))
    return len(executions) + len(changes)


def redate(since: Mapping[str, datetime.datetime], id_at: Callable[[datetime.datetime], str]) -> None:
    """Set back the changes of these subjects: each takes the time beside its subject, and an id of that time."""
    with one_change() as session:
        told = select(Change.id, Change.subject_id).where(Change.subject_id.in_(since))
        for change, subject in session.execute(told).all():
            at = since[subject]
            session.execute(update(Change).where(Change.id == change).values(id=id_at(at), at=at))
