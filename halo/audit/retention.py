"""How long a workspace keeps its log: chosen by an admin who sees what would go, and done every day in small steps.

What goes are the rows: who called what, with which arguments, and who changed what. The numbers that were added up of
them by the hour and the day stay, so that a chart of last year still says how much was called; they hold ids and no
words of anybody. A row only goes when it was added up, and, as long as the admin says so (`waits`), when every stream
has taken it. Each run that removed something writes one change, which says how many.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select

from halo import jobs
from halo.audit.counting import hours
from halo.audit.models import Retention, Stream
from halo.ground.database import db, now, one_change
from halo.ground.errors import Mistake
from halo.ground.log_limits import RETENTION_LEAST_DAYS, RETENTION_MOST_DAYS, RETENTION_ROWS
from halo.ground.permissions import Permission, demand
from halo.ground.principal import Member
from halo.ledger import changes, moments, tally
from halo.ledger.models import ActionExecution, Change, ToolDay, ToolHour

JOB = "audit.retain"
EVERY = datetime.timedelta(days=1)
CHOICES = (30, 90, 180, 365, 730)
"""Days that are offered; others can be typed."""
STILL_ASKED = ("client.reported", "client.report_settled")
"""Changes that stay: whether an app stands reported is read from them."""
MODELS: dict[str, type[ActionExecution | Change]] = {"calls": ActionExecution, "changes": Change}


@dataclass(frozen=True)
class Going:
    """What would be removed of one kind now."""

    rows: int
    first_at: datetime.datetime | None
    """When the oldest of them was recorded."""
    until: datetime.datetime | None
    """They were recorded before this moment; None where they are kept for good."""
    held_by: str = ""
    """The receiver that has not taken all that is old enough; what waits for it stays."""


def kept_in(workspace_id: str) -> Retention:
    """What is chosen; kept for good where nothing is."""
    return db.session.get(Retention, workspace_id) or Retention(
        workspace_id=workspace_id, calls_days=None, changes_days=None, waits=True
    )


def days(typed: str, name: str) -> int | None:
    """A number of days as somebody types it; None, for good, where it is empty. Raises `Mistake`."""
    text = typed.strip()
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    if not RETENTION_LEAST_DAYS <= number <= RETENTION_MOST_DAYS:
        raise Mistake(
            name, f"Enter a number of days from {RETENTION_LEAST_DAYS} to {RETENTION_MOST_DAYS:,}, or nothing for good."
        )
    return number


def preview(calls_days: int | None, changes_days: int | None, *, waits: bool, principal: Member) -> dict[str, Going]:
    """What would go now, by kind."""
    _demand(principal)
    tally.catch_up()
    place = str(principal.workspace_id)
    chosen = {"calls": calls_days, "changes": changes_days}
    return {kind: _going(place, kind, chosen[kind], waits) for kind in MODELS}


def choose(calls_days: int | None, changes_days: int | None, *, waits: bool, principal: Member) -> Retention:
    """Keep the log that long from now on; what is older begins to go at once."""
    _demand(principal)
    with one_change() as session:
        kept = kept_in(str(principal.workspace_id))
        before = _facts(kept)
        kept.calls_days, kept.changes_days, kept.waits = calls_days, changes_days, waits
        kept.calls_upto = kept.changes_upto = ""
        kept.due_at = None if calls_days is None and changes_days is None else now()
        session.add(kept)
        if before != _facts(kept):
            changes.record(
                "retention.changed",
                workspace_id=kept.workspace_id,
                principal=principal,
                subject=("retention", kept.workspace_id, "the log"),
                before=before,
                after=_facts(kept),
            )
        jobs.nudge(JOB, kept.workspace_id)
    return kept


def remove_some(turn: jobs.Turn) -> bool:
    """Remove the next rows of the run; whether there are more. The last step writes what the run did."""
    with turn.change() as session:
        kept = session.get_one(Retention, turn.row_id)
        if not (kept.calls_upto or kept.changes_upto):
            _begin(kept)
        if _take(kept):
            return True
        _end(kept)
        return False


def _begin(kept: Retention) -> None:
    """Fix what this run removes, so that what becomes old meanwhile is the next one's."""
    kept.calls_upto = _edge(kept.workspace_id, "calls", kept.calls_days, kept.waits)[0]
    kept.changes_upto = _edge(kept.workspace_id, "changes", kept.changes_days, kept.waits)[0]
    kept.calls_removed = kept.changes_removed = kept.unsent_removed = 0


def _take(kept: Retention) -> int:
    for kind, upto in (("calls", kept.calls_upto), ("changes", kept.changes_upto)):
        gone = _removed(kept.workspace_id, MODELS[kind], upto) if upto else []
        if gone:
            setattr(kept, f"{kind}_removed", getattr(kept, f"{kind}_removed") + len(gone))
            left = min((stream.position for stream in _streams(kept.workspace_id, kind)), default=max(gone))
            kept.unsent_removed += sum(1 for each in gone if each > left)
            return len(gone)
    return 0


def _removed(workspace_id: str, model: Any, upto: str) -> list[str]:
    mine = model.workspace_id.between(workspace_id, workspace_id)
    old = select(model.id).where(mine, model.id < upto, *_may_go(model))
    oldest = old.order_by(model.workspace_id, model.id).limit(RETENTION_ROWS)
    gone = delete(model).where(model.id.in_(oldest.scalar_subquery())).returning(model.id)
    return list(db.session.scalars(gone.execution_options(synchronize_session=False)))


def _may_go(model: Any) -> list[ColumnElement[bool]]:
    return [Change.event.not_in(STILL_ASKED)] if model is Change else []


def _end(kept: Retention) -> None:
    if kept.calls_removed or kept.changes_removed:
        until = moments.moment_of(max(kept.calls_upto, kept.changes_upto))
        after = {"calls": kept.calls_removed, "changes": kept.changes_removed}
        if kept.unsent_removed:
            after["not sent on yet"] = kept.unsent_removed
        changes.record(
            "retention.removed",
            workspace_id=kept.workspace_id,
            principal=None,
            by="the retention of the log",
            subject=("retention", kept.workspace_id, f"{until:%Y-%m-%d %H:%M} UTC"),
            after=after,
        )
    kept.calls_upto = kept.changes_upto = ""
    kept.ran_at = now()
    kept.due_at = None if kept.calls_days is None and kept.changes_days is None else now() + EVERY


def _edge(workspace_id: str, kind: str, keep_days: int | None, waits: bool) -> tuple[str, str]:
    """The first id that stays, and the receiver that it waits for, if any; empty where all is kept."""
    if keep_days is None:
        return "", ""
    old = _id_of_hour(now() - datetime.timedelta(days=keep_days))
    if kind == "calls":
        old = min(old, *(tally.mark(name) for name in (tally.NAME, tally.HOLDERS)))
    behind = [stream for stream in _streams(workspace_id, kind) if waits and stream.position < old]
    if not behind:
        return old, ""
    last = min(behind, key=lambda stream: stream.position)
    return last.position and _after(last.position), last.host


def _after(position: str) -> str:
    """What was taken goes, the row at the position too."""
    return position + "0"


def _streams(workspace_id: str, kind: str) -> list[Stream]:
    takes = Stream.takes_calls if kind == "calls" else Stream.takes_changes
    return list(db.session.scalars(select(Stream).where(Stream.workspace_id == workspace_id, takes)))


def _going(workspace_id: str, kind: str, keep_days: int | None, waits: bool) -> Going:
    edge, held_by = _edge(workspace_id, kind, keep_days, waits)
    if keep_days is None:
        return Going(0, None, None)
    until = now() - datetime.timedelta(days=keep_days)
    first = _oldest(workspace_id, MODELS[kind])
    if not edge or first is None or first >= edge:
        return Going(0, None, until, held_by)
    counted = _calls(workspace_id, first, edge) if kind == "calls" else _changes(workspace_id, edge)
    return Going(counted, moments.moment_of(first), moments.moment_of(edge), held_by)


def _oldest(workspace_id: str, model: Any) -> str | None:
    found: str | None = db.session.scalar(
        select(func.min(model.id)).where(model.workspace_id == workspace_id, *_may_go(model))
    )
    return found


def _calls(workspace_id: str, first: str, edge: str) -> int:
    """Added up by the day and, at both ends, by the hour: a million rows are not counted one by one."""
    begin, end = (hours.hour_of(moments.moment_of(each)) for each in (first, edge))
    day, last_day = -(-begin // hours.DAY) * hours.DAY, end // hours.DAY * hours.DAY
    if day >= last_day:
        return _sum(ToolHour, workspace_id, begin, end)
    whole = _sum(ToolDay, workspace_id, day, last_day)
    return _sum(ToolHour, workspace_id, begin, day) + whole + _sum(ToolHour, workspace_id, last_day, end)


def _sum(table: Any, workspace_id: str, begin: int, end: int) -> int:
    where = (table.workspace_id == workspace_id, table.hour >= begin, table.hour < end)
    return int(db.session.scalar(select(func.sum(table.calls)).where(*where)) or 0)


def _changes(workspace_id: str, edge: str) -> int:
    where = (Change.workspace_id == workspace_id, Change.id < edge, *_may_go(Change))
    return db.session.scalar(select(func.count()).select_from(Change).where(*where)) or 0


def _id_of_hour(moment: datetime.datetime) -> str:
    return moments.first_id(hours.begin_of(hours.hour_of(moment)))


def _facts(kept: Retention) -> dict[str, Any]:
    return {
        "calls": "for good" if kept.calls_days is None else f"{kept.calls_days} days",
        "changes": "for good" if kept.changes_days is None else f"{kept.changes_days} days",
        "what has not left yet": "stays" if kept.waits else "goes too",
    }


def _demand(principal: Member) -> None:
    for permission in (Permission.SETTINGS_MANAGE, Permission.AUDIT_VIEW):
        demand(permission, principal=principal)
