"""What leaves next: calls and changes behind the position, in the order of their ids, as facts that were agreed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import func, select

from halo.audit import export, search
from halo.audit.models import Stream
from halo.ground.database import db
from halo.ledger import events, mask, moments
from halo.ledger.models import ActionExecution, Change

ROWS = 500
"""Of one message."""
BYTES = 512_000
"""Of its rows together; receivers commonly take a megabyte."""
COUNTED = 10_000
"""Rows that a backlog is counted up to."""
PAYLOADS = {
    "none": "Leave arguments out",
    "masked": "Arguments, with personal data masked",
    "readable": "Arguments, as they were recorded",
}
"""What of the calls' arguments a stream sends."""
Row = ActionExecution | Change


@dataclass(frozen=True)
class Backlog:
    """What has not left yet, up to `COUNTED`, and since when the first of it waits."""

    rows: int
    since: Any
    is_more: bool


def behind(stream: Stream, edge: str) -> list[Row]:
    """The next rows under the edge, as many as one message holds."""
    found: list[Row] = []
    size = 0
    for row in _merged(stream, edge, ROWS):
        if isinstance(row, ActionExecution):
            size += len(orjson.dumps(row.arguments)) if row.arguments else 0
        size += 1000
        if found and size > BYTES:
            break
        found.append(row)
    return found


def upto(stream: Stream, last: str) -> list[Row]:
    """The rows of a message that was put together before."""
    return [row for row in _merged(stream, last + "~", ROWS) if row.id <= last]


def _merged(stream: Stream, edge: str, most: int) -> list[Row]:
    both: list[Row] = []
    for model, is_sent in ((ActionExecution, stream.takes_calls), (Change, stream.takes_changes)):
        if is_sent:
            both += db.session.scalars(_after(model, stream, edge).limit(most))
    return sorted(both, key=lambda row: row.id)[:most]


def _after(model: Any, stream: Stream, edge: str) -> Any:
    """As a stretch of the index of the workspace, for PostgreSQL's planner too (see `halo.audit.filters`)."""
    mine = model.workspace_id.between(stream.workspace_id, stream.workspace_id)
    found = select(model).where(mine, model.id > stream.position, model.id < edge)
    return found.order_by(model.workspace_id, model.id)


def backlog(stream: Stream) -> Backlog:
    """How much waits."""
    waiting, firsts = 0, []
    for model, is_sent in ((ActionExecution, stream.takes_calls), (Change, stream.takes_changes)):
        if not is_sent:
            continue
        ids = _after(model, stream, "g").with_only_columns(model.id)
        inside = ids.limit(COUNTED + 1).subquery()
        rows, first = db.session.execute(select(func.count(), func.min(inside.c.id))).one()
        waiting += rows
        firsts += [first] if first else []
    since = moments.moment_of(min(firsts)) if firsts else None
    return Backlog(min(waiting, COUNTED), since, waiting > COUNTED)


def facts(stream: Stream, found: list[Row]) -> list[dict[str, Any]]:
    """What the receiver is told of each."""
    calls = [row for row in found if isinstance(row, ActionExecution)]
    names = search.names(calls, workspace_id=stream.workspace_id)
    return [
        _of_call(stream, row, names) if isinstance(row, ActionExecution) else _of_change(stream, row) for row in found
    ]


def _of_call(stream: Stream, row: ActionExecution, names: search.SubjectNames) -> dict[str, Any]:
    told = export.fact(row, names, is_masked=stream.payloads != "readable")
    if stream.payloads == "none":
        told["arguments"] = None
    return {"kind": "call", **told}


def _of_change(stream: Stream, row: Change) -> dict[str, Any]:
    hides = stream.payloads == "none"
    subject = mask.text(row.subject) if hides else row.subject
    return {
        "kind": "change",
        "id": row.id,
        "at": row.at.isoformat(),
        "event": row.event,
        "sentence": events.sentence(row.event, subject) if row.event in events.EVENTS else row.event,
        "person_id": row.person_id,
        "by": mask.text(row.by) if hides else row.by,
        "subject_kind": row.subject_kind,
        "subject_id": mask.text(row.subject_id) if hides else row.subject_id,
        "subject": subject,
        "before": None if hides else row.before,
        "after": None if hides else row.after,
        "why": mask.text(row.why) if hides else row.why,
    }
