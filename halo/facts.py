"""What the call path knows of a workspace, cached in the process while its state version stands still.

What slices above this one know (which integrations are connected, what their tools are made from) they hand in: each
registers a loader, `facts.register("integrations", load)`, which is asked once whenever the facts are loaded anew.
Whatever a loader looks at, a change of it raises the workspace's state version (`halo.ledger.changes`).
"""

from __future__ import annotations

import datetime
import hashlib
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import bindparam, select

from halo.actions.models import ActionSwitch
from halo.flags import state
from halo.flags.models import FlagValue
from halo.flags.vocabulary import CATALOGUE
from halo.ground.database import now
from halo.ground.database.quick import Prepared
from halo.ground.errors import NotFound, Reason
from halo.ground.modes import MODES, Mode
from halo.ground.per_app import PerApp
from halo.ground.principal import IntegrationState, SwitchedOff, WorkspaceFacts
from halo.ground.recent import Recent
from halo.ledger.models import StateVersion
from halo.workspaces.models import Workspace

KEPT = 2000
"""Workspaces whose facts a process keeps."""

_VERSION = Prepared(select(StateVersion.version).where(StateVersion.workspace_id == bindparam("workspace_id")))
_WORKSPACE = Prepared(
    select(
        Workspace.slug,
        Workspace.name,
        Workspace.limits,
        Workspace.audit_payloads,
        Workspace.currency,
        Workspace.time_zone,
    ).where(Workspace.id == bindparam("workspace_id"))
)
_FLAGS = Prepared(
    select(
        FlagValue.name,
        FlagValue.is_on,
        FlagValue.starts_at,
        FlagValue.ends_at,
        FlagValue.otherwise_on,
        FlagValue.message,
    ).where(FlagValue.workspace_id == bindparam("workspace_id"))
)
_SWITCHES = Prepared(
    select(ActionSwitch.holder, ActionSwitch.action, ActionSwitch.is_on, ActionSwitch.mode).where(
        ActionSwitch.workspace_id == bindparam("workspace_id")
    )
)


@dataclass(frozen=True, slots=True)
class FactsPart:
    """What a slice above knows of a workspace."""

    integrations: Mapping[str, IntegrationState] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """What people call those integrations that they named."""
    catalogue: str = ""
    """Changes with what the workspace's own tools are made from."""
    agents_off: Mapping[str, Reason] = field(default_factory=dict)
    """AI agents that call nothing now, each with why."""


_loaders: dict[str, Callable[[str], FactsPart]] = {}
_known: PerApp[Recent[str, tuple[int, WorkspaceFacts]]] = PerApp(lambda: Recent(KEPT))


def register(name: str, load: Callable[[str], FactsPart]) -> None:
    """Ask this loader too, with the workspace's id, whenever facts are loaded."""
    _loaders[name] = load


def forget(name: str) -> None:
    """Ask it no more (fixtures of tests)."""
    _loaders.pop(name, None)


def version_of(workspace_id: str) -> int:
    """The state version: whatever was cached under another one is stale."""
    row = _VERSION.first(workspace_id=workspace_id)
    return row[0] if row else 0


def of(workspace_id: str, version: int) -> WorkspaceFacts:
    """The facts at this version, now; raises NotFound for a workspace that is gone."""
    known = _known.get()
    held = known.get(workspace_id)
    if held is not None and held[0] == version and time.time() < held[1].good_until:
        return held[1]
    facts = _load(workspace_id)
    known.put(workspace_id, (version, facts))
    return facts


def now_of(workspace_id: str) -> WorkspaceFacts:
    """The facts as they stand now; raises NotFound for a workspace that is gone."""
    return of(workspace_id, version_of(workspace_id))


def _load(workspace_id: str) -> WorkspaceFacts:
    row = _WORKSPACE.first(workspace_id=workspace_id)
    if row is None:
        raise NotFound("workspace")
    slug, name, limits, payloads, currency, time_zone = row
    at = now()
    decisions = {row[0]: _Decision(*row) for row in _FLAGS.rows(workspace_id=workspace_id)}
    flags = [state.standing(flag, decisions.get(flag.name), at) for flag in CATALOGUE.values()]
    parts = {name: load(workspace_id) for name, load in sorted(_loaders.items())}
    return WorkspaceFacts(
        workspace_id,
        slug,
        name,
        frozenset(each.flag.name for each in flags if each.is_on),
        dict(limits or {}),
        payloads,
        currency,
        time_zone=time_zone,
        integrations={name: state for part in parts.values() for name, state in part.integrations.items()},
        integration_names={name: said for part in parts.values() for name, said in part.names.items()},
        modes=_modes(workspace_id),
        agents_off={agent: why for part in parts.values() for agent, why in part.agents_off.items()},
        catalogue=_catalogue(parts),
        flags_off={each.flag.name: SwitchedOff(each.message, each.comes_back_at) for each in flags if each.is_refusing},
        good_until=min((each.changes_at.timestamp() for each in flags if each.changes_at), default=math.inf),
    )


def _modes(workspace_id: str) -> dict[str, dict[str, Mode]]:
    held: dict[str, dict[str, Mode]] = {}
    for holder, action, is_on, mode in _SWITCHES.rows(workspace_id=workspace_id):
        held.setdefault(holder, {})[action] = MODES[mode] if is_on else Mode.NEVER
    return held


def _catalogue(parts: Mapping[str, FactsPart]) -> str:
    """Empty while no slice says anything."""
    said = "".join(f"{name}={part.catalogue}\n" for name, part in parts.items() if part.catalogue)
    return hashlib.sha256(said.encode()).hexdigest()[:32] if said else ""


class _Decision(NamedTuple):
    """A row of `_FLAGS`."""

    name: str
    is_on: bool
    starts_at: datetime.datetime | None
    ends_at: datetime.datetime | None
    otherwise_on: bool | None
    message: str
