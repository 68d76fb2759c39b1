"""Reading and switching flags."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from halo.flags import catalogue, planned, state, when
from halo.flags.models import MESSAGE, FlagValue
from halo.flags.state import State
from halo.ground.database import db, now, one_change
from halo.ground.errors import Denied, Mistake, Reason
from halo.ground.principal import SignedIn
from halo.ledger import changes

COMMAND_LINE = "the command line"
Named = Callable[[Iterable[str | None]], Mapping[str, str]]
"""The names of people, by id."""


@dataclass(frozen=True)
class Held:
    """A flag of a workspace: what it is now, and the decision behind it with the operator's name."""

    state: State
    row: FlagValue | None
    by: str


def values_of(workspace_id: str) -> dict[str, bool]:
    """Every flag of the catalogue with its effective value in the workspace."""
    return {name: held.is_on for name, held in _states(workspace_id).items()}


def is_on(name: str, *, workspace_id: str) -> bool:
    """Whether the flag is on for the workspace."""
    catalogue.get(name)
    return values_of(workspace_id)[name]


def held_in(workspace_id: str, *, named: Named) -> list[Held]:
    """Every flag of the catalogue with its value in the workspace and where that comes from.

    People stand above flags: whoever asks says by which function their names are found (`people.names_of`).
    """
    return held_in_many([workspace_id], named=named)[workspace_id]


def held_in_many(workspace_ids: Sequence[str], *, named: Named) -> dict[str, list[Held]]:
    """The same for several workspaces, at the cost of one."""
    rows = list(db.session.scalars(select(FlagValue).where(FlagValue.workspace_id.in_(workspace_ids))))
    decisions = {(row.workspace_id, row.name): row for row in rows}
    names = named({row.set_by for row in rows})
    at = now()

    def held(flag: catalogue.Flag, row: FlagValue | None) -> Held:
        by = names.get(row.set_by or "", COMMAND_LINE) if row else ""
        return Held(state.of(flag, row, at), row, by)

    return {
        identity: [held(flag, decisions.get((identity, flag.name))) for flag in catalogue.CATALOGUE.values()]
        for identity in workspace_ids
    }


def turn_on(name: str, *, workspace_id: str, why: str, principal: SignedIn | None, **time: Any) -> None:
    """Switch the flag on; in force for the next call of every process. `starts_at` and `ends_at` may be given."""
    _set(name, True, workspace_id=workspace_id, why=why, principal=principal, **time)


def turn_off(
    name: str, *, workspace_id: str, why: str, principal: SignedIn | None, message: str = "", **time: Any
) -> None:
    """Switch the flag off; in force for the next call of every process. Refused callers read the message."""
    _set(name, False, workspace_id=workspace_id, why=why, principal=principal, message=message, **time)


def _set(
    name: str,
    is_on: bool,
    *,
    workspace_id: str,
    why: str,
    principal: SignedIn | None,
    message: str = "",
    starts_at: datetime.datetime | None = None,
    ends_at: datetime.datetime | None = None,
) -> None:
    if principal is not None and not principal.is_operator:
        raise Denied(Reason.operator_only)
    flag = catalogue.get(name)
    why, message = _reason(why), _message(message)
    with one_change() as session:
        at = now()
        when.check(starts_at, ends_at, at)
        mine = (FlagValue.workspace_id == workspace_id, FlagValue.name == name)
        old = session.scalar(select(FlagValue).where(*mine).with_for_update())
        if old is not None:
            planned.tell(old, at)
        current = state.of(flag, old, at)
        before = _told(current.is_on, old, at)
        otherwise = _underneath(flag, old, at) if starts_at or ends_at else None
        session.execute(delete(FlagValue).where(*mine))
        row = FlagValue(
            workspace_id=workspace_id,
            name=name,
            is_on=is_on,
            why=why,
            set_at=at,
            set_by=principal.person_id if principal else None,
            starts_at=starts_at,
            ends_at=ends_at,
            due_at=planned.first(starts_at, ends_at),
            otherwise_on=otherwise,
            message=current.message if is_on and starts_at else message,
        )
        session.add(row)
        changes.record(
            "flag.turned_on" if is_on else "flag.turned_off",
            workspace_id=workspace_id,
            principal=principal,
            subject=("flag", name, flag.title),
            before=before,
            after=_told(is_on, row, at),
            why=why,
        )


def _states(workspace_id: str) -> dict[str, State]:
    rows = {row.name: row for row in db.session.scalars(select(FlagValue).filter_by(workspace_id=workspace_id))}
    at = now()
    return {name: state.of(flag, rows.get(name), at) for name, flag in catalogue.CATALOGUE.items()}


def _underneath(flag: catalogue.Flag, old: FlagValue | None, at: datetime.datetime) -> bool | None:
    """What holds outside a limited time: the lasting value, not that of another limited time; None: the default."""
    if old is None:
        return None
    is_lasting = old.ends_at is None and state.of(flag, old, at).phase == "in force"
    return old.is_on if is_lasting else old.otherwise_on


def _told(is_on: bool, row: FlagValue | None, at: datetime.datetime) -> dict[str, Any]:
    """The facts of one side of a change; what is ordinary is left out."""
    facts: dict[str, Any] = {"is_on": is_on}
    if row is not None and (row.ends_at is None or row.ends_at > at):
        facts |= {"starts_at": row.starts_at.isoformat()} if row.starts_at and row.starts_at > at else {}
        if row.ends_at is not None:
            default = catalogue.get(row.name).default
            back = default if row.otherwise_on is None else row.otherwise_on
            facts |= {"ends_at": row.ends_at.isoformat(), "otherwise_on": back}
        facts |= {"message": row.message} if row.message else {}
    return facts


def _reason(why: str) -> str:
    why = why.strip()
    if not why:
        raise Mistake("why", "Say why: the workspace's admins will read it.")
    if len(why) > 500:
        raise Mistake("why", "Keep the reason under 500 characters.")
    return why


def _message(text: str) -> str:
    """Plain text on one line: it goes to programs and models, which would take anything else for their own."""
    plain = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") else char for char in text)
    words = " ".join(plain.split())
    if len(words) > MESSAGE:
        raise Mistake("message", f"Keep the message under {MESSAGE} characters.")
    return words
