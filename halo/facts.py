"""What the call path knows of a workspace, cached in the process while its state version stands still."""

from __future__ import annotations

import datetime
import math
import time
from typing import NamedTuple

from sqlalchemy import bindparam, select

from halo.actions.models import ActionSwitch
from halo.actions.vocabulary import EXTERNAL_CLIENTS
from halo.flags import state
from halo.flags.models import FlagValue
from halo.flags.vocabulary import CATALOGUE
from halo.ground.database import PerEngine, now
from halo.ground.database.quick import Prepared
from halo.ground.errors import NotFound
from halo.ground.principal import SwitchedOff, WorkspaceFacts
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
_SWITCHED_OFF = Prepared(
    select(ActionSwitch.action).where(
        ActionSwitch.workspace_id == bindparam("workspace_id"),
        ActionSwitch.holder == EXTERNAL_CLIENTS.key,
        ActionSwitch.is_on.is_(False),
    )
)
_known: PerEngine[dict[str, tuple[int, WorkspaceFacts]]] = PerEngine(lambda _: {})


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
    if len(known) >= KEPT:
        known.clear()
    known[workspace_id] = (version, facts)
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
    return WorkspaceFacts(
        workspace_id,
        slug,
        name,
        frozenset(each.flag.name for each in flags if each.is_on),
        dict(limits or {}),
        payloads,
        currency,
        time_zone=time_zone,
        switched_off=frozenset(row[0] for row in _SWITCHED_OFF.rows(workspace_id=workspace_id)),
        flags_off={each.flag.name: SwitchedOff(each.message, each.comes_back_at) for each in flags if each.is_refusing},
        good_until=min((each.changes_at.timestamp() for each in flags if each.changes_at), default=math.inf),
    )


class _Decision(NamedTuple):
    """A row of `_FLAGS`."""

    name: str
    is_on: bool
    starts_at: datetime.datetime | None
    ends_at: datetime.datetime | None
    otherwise_on: bool | None
    message: str
