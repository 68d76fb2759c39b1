"""Reading and switching flags."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from halo.audit import changes
from halo.database import db, now, one_change
from halo.errors import Denied, Mistake, Reason
from halo.flags import catalogue
from halo.flags.models import FlagValue
from halo.principal import Member


def values_of(workspace_id: str) -> dict[str, bool]:
    """Every flag of the catalogue with its effective value in the workspace."""
    rows = db.session.execute(select(FlagValue.name, FlagValue.is_on).where(FlagValue.workspace_id == workspace_id))
    held = {row.name: row.is_on for row in rows}
    return {name: held.get(name, flag.default) for name, flag in catalogue.CATALOGUE.items()}


def is_on(name: str, *, workspace_id: str) -> bool:
    """Whether the flag is on for the workspace."""
    catalogue.get(name)
    return values_of(workspace_id)[name]


def rows_of(workspace_id: str) -> dict[str, FlagValue]:
    """The operators' decisions in the workspace, by flag."""
    rows = db.session.scalars(select(FlagValue).where(FlagValue.workspace_id == workspace_id))
    return {row.name: row for row in rows}


def rows_of_many(workspace_ids: Sequence[str]) -> dict[str, dict[str, FlagValue]]:
    """The operators' decisions of several workspaces: workspace -> flag -> row."""
    rows: dict[str, dict[str, FlagValue]] = {workspace_id: {} for workspace_id in workspace_ids}
    for row in db.session.scalars(select(FlagValue).where(FlagValue.workspace_id.in_(workspace_ids))):
        rows[row.workspace_id][row.name] = row
    return rows


def turn_on(name: str, *, workspace_id: str, why: str, principal: Member | None) -> None:
    """Switch the flag on; in force for the next call of every process."""
    _set(name, True, workspace_id=workspace_id, why=why, principal=principal)


def turn_off(name: str, *, workspace_id: str, why: str, principal: Member | None) -> None:
    """Switch the flag off; in force for the next call of every process."""
    _set(name, False, workspace_id=workspace_id, why=why, principal=principal)


def _set(name: str, is_on: bool, *, workspace_id: str, why: str, principal: Member | None) -> None:
    if principal is not None and not principal.is_operator:
        raise Denied(Reason.operator_only)
    flag = catalogue.get(name)
    if not why.strip():
        raise Mistake("why", "Say why: the workspace's admins will read it.")
    if len(why) > 500:
        raise Mistake("why", "Keep the reason under 500 characters.")
    with one_change() as session:
        before = values_of(workspace_id)[name]
        session.execute(delete(FlagValue).where(FlagValue.workspace_id == workspace_id, FlagValue.name == name))
        session.add(
            FlagValue(
                workspace_id=workspace_id,
                name=name,
                is_on=is_on,
                why=why.strip(),
                set_at=now(),
                set_by=principal.person_id if principal else None,
            )
        )
        changes.record(
            "flag.turned_on" if is_on else "flag.turned_off",
            workspace_id=workspace_id,
            principal=principal,
            subject=("flag", name, flag.title),
            before={"is_on": before},
            after={"is_on": is_on},
            why=why.strip(),
        )
