"""Reading and switching what a holder may call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import select

from halo import catalogue
from halo.actions.models import ActionSwitch
from halo.actions.vocabulary import EXTERNAL_CLIENTS, LABELS, Holder
from halo.ground.database import db, now, one_change
from halo.ground.errors import Mistake, NotFound
from halo.ground.modes import MODES, Mode
from halo.ground.permissions import Permission, demand
from halo.ground.principal import Member, WorkspaceFacts
from halo.ledger import changes
from halo.tool import Tool


def available(holder: Holder, workspace: WorkspaceFacts) -> tuple[Tool, ...]:
    """What this holder can have a switch for: where nobody can be asked, not what cannot be undone."""
    return tuple(it for it in _all(holder, workspace) if set(holder.modes_for(it)) != {Mode.NEVER})


def withheld(holder: Holder, workspace: WorkspaceFacts) -> tuple[Tool, ...]:
    """The workspace's tools that this holder can never have."""
    held = available(holder, workspace)
    return tuple(it for it in _all(holder, workspace) if it not in held)


def _all(holder: Holder, workspace: WorkspaceFacts) -> Iterator[Tool]:
    """The workspace's tools, without those that are kept from external clients where the holder is those."""
    return (it for it in catalogue.of(workspace).every() if it.for_clients or holder is not EXTERNAL_CLIENTS)


def modes_of(holder: Holder, workspace: WorkspaceFacts) -> dict[str, Mode]:
    """How each available action may be called now: what a person decided, else the holder's default."""
    held = {name: _mode(row) for name, row in decided_by(holder, workspace_id=workspace.id).items()}
    return {it.name: held.get(it.name) or it.starts(holder.key) for it in available(holder, workspace)}


def switch_on(names: Iterable[str], *, holder: Holder, workspace: WorkspaceFacts, principal: Member) -> dict[str, Mode]:
    """Let the holder call these from its next call on, as freely as each may be; those that changed, as they were."""
    freest = {name: holder.modes_for(_available(name, holder, workspace))[0] for name in names}
    return set_modes(freest, holder=holder, workspace=workspace, principal=principal)


def switch_off(
    names: Iterable[str], *, holder: Holder, workspace: WorkspaceFacts, principal: Member
) -> dict[str, Mode]:
    """Refuse these from the holder's next call on, in every process; those that changed, as they were."""
    return set_mode(names, Mode.NEVER, holder=holder, workspace=workspace, principal=principal)


def set_mode(
    names: Iterable[str], mode: Mode, *, holder: Holder, workspace: WorkspaceFacts, principal: Member
) -> dict[str, Mode]:
    """Choose one way in which the holder may call these; those that changed, as they were."""
    return set_modes(dict.fromkeys(names, mode), holder=holder, workspace=workspace, principal=principal)


def set_modes(
    wanted: Mapping[str, Mode], *, holder: Holder, workspace: WorkspaceFacts, principal: Member
) -> dict[str, Mode]:
    """Choose for each how the holder may call it; those that changed, as they were, each with a row in the history.

    `workspace` is the principal's, as it stands now."""
    demand(Permission.AGENTS_EDIT, principal=principal)
    chosen = [(_available(name, holder, workspace), mode) for name, mode in wanted.items()]
    for declared, mode in chosen:
        if mode not in (may_be := holder.modes_for(declared)):
            fits = ", ".join(LABELS[each] for each in may_be)
            raise Mistake("mode", f"{declared.title} can be set to {fits} for {holder.called}.")
    with one_change():
        before = modes_of(holder, workspace)
        changed = [(declared, mode) for declared, mode in chosen if before[declared.name] is not mode]
        for declared, mode in changed:
            _keep(declared, mode, before[declared.name], holder=holder, workspace_id=workspace.id, principal=principal)
    return {declared.name: before[declared.name] for declared, _ in changed}


def copied(source: Holder, target: Holder, workspace: WorkspaceFacts) -> dict[str, Mode]:
    """What the target's modes would be with the switches of the source: *never* where it cannot have what that has."""
    held = modes_of(source, workspace)
    wanted = {}
    for declared in available(target, workspace):
        mode = held.get(declared.name, Mode.NEVER)
        wanted[declared.name] = mode if mode in target.modes_for(declared) else Mode.NEVER
    return wanted


def decided_by(holder: Holder, *, workspace_id: str) -> dict[str, ActionSwitch]:
    """The rows that people left, by action: who switched it last, and when."""
    rows = db.session.scalars(
        select(ActionSwitch).where(ActionSwitch.workspace_id == workspace_id, ActionSwitch.holder == holder.key)
    )
    return {row.action: row for row in rows}


def risk(on: Sequence[Tool]) -> str:
    """The risky triangle in words, where this set has all three corners: private data, untrusted text, a way out."""
    reads = [it for it in on if it.scope == "data:read" or it.bound == "locked"]
    outward = [it for it in on if it.open_world or not it.read_only]
    if not (reads and outward):
        return ""
    names = ", ".join(it.title for it in outward[:3]) + (" and others" if len(outward) > 3 else "")
    return (
        f"{reads[0].title} and others read private data and text that customers wrote, and {names} can carry data out "
        "or act. Text with hidden instructions could steer a model from one to the other. Consider switching one "
        "side off."
    )


def _available(name: str, holder: Holder, workspace: WorkspaceFacts) -> Tool:
    found = catalogue.of(workspace).find(name)
    if found is None or found not in available(holder, workspace):
        raise NotFound("action")
    return found


def _keep(declared: Tool, mode: Mode, before: Mode, *, holder: Holder, workspace_id: str, principal: Member) -> None:
    """Belongs inside `one_change`."""
    row = db.session.scalar(
        select(ActionSwitch).where(
            ActionSwitch.workspace_id == workspace_id,
            ActionSwitch.holder == holder.key,
            ActionSwitch.action == declared.name,
        )
    )
    if row is None:
        row = ActionSwitch(workspace_id=workspace_id, holder=holder.key, action=declared.name)
        db.session.add(row)
    row.is_on = mode is not Mode.NEVER
    row.mode = Mode.AUTO.value if mode is Mode.NEVER else mode.value
    row.set_at, row.set_by = now(), principal.person_id
    changes.record(
        _event(before, mode),
        workspace_id=workspace_id,
        principal=principal,
        subject=("action", f"{holder.key}:{declared.name}", f"{declared.title} for {holder.called}"),
        before={"mode": before.value},
        after={"mode": mode.value},
    )


def _event(before: Mode, mode: Mode) -> str:
    if mode is Mode.NEVER:
        return "action.switched_off"
    return "action.switched_on" if before is Mode.NEVER else "action.mode_set"


def _mode(row: ActionSwitch) -> Mode:
    return MODES[row.mode] if row.is_on else Mode.NEVER
