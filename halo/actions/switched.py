"""Switches seen from the action: who has it on, and forgetting those of an action that is gone for good."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import delete, select

from halo.actions.models import ActionSwitch
from halo.ground.database import db, one_change
from halo.ledger import changes


def holders_of(actions: Collection[str], *, workspace_id: str) -> Mapping[str, list[str]]:
    """Action -> keys of the holders for whom a person switched it on."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = db.session.execute(
        select(ActionSwitch.action, ActionSwitch.holder)
        .where(ActionSwitch.workspace_id == workspace_id, ActionSwitch.action.in_(actions), ActionSwitch.is_on)
        .order_by(ActionSwitch.holder)
    )
    for action, holder in rows:
        found[action].append(holder)
    return found


def forget(actions: Collection[str], *, workspace_id: str) -> None:
    """Nobody has a switch for these any more: whatever is called so later starts as a new action does."""
    gone = delete(ActionSwitch).where(ActionSwitch.workspace_id == workspace_id, ActionSwitch.action.in_(actions))
    with one_change() as session:
        session.execute(gone)
        changes.raise_version(workspace_id)
