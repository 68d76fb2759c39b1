"""What the call path knows of a workspace, cached in the process while its state version stands still."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from halo.database import PerEngine
from halo.errors import NotFound
from halo.flags.catalogue import CATALOGUE
from halo.flags.models import FlagValue
from halo.principal import WorkspaceFacts
from halo.quick import Prepared
from halo.workspaces.models import StateVersion, Workspace

KEPT = 2000
"""Workspaces whose facts a process keeps."""

_VERSION = Prepared(select(StateVersion.version).where(StateVersion.workspace_id == bindparam("workspace_id")))
_WORKSPACE = Prepared(
    select(Workspace.slug, Workspace.name, Workspace.limits, Workspace.audit_payloads).where(
        Workspace.id == bindparam("workspace_id")
    )
)
_FLAGS = Prepared(select(FlagValue.name, FlagValue.is_on).where(FlagValue.workspace_id == bindparam("workspace_id")))
_known: PerEngine[dict[str, tuple[int, WorkspaceFacts]]] = PerEngine(lambda _: {})


def version_of(workspace_id: str) -> int:
    """The state version: whatever was cached under another one is stale."""
    row = _VERSION.first(workspace_id=workspace_id)
    return row[0] if row else 0


def of(workspace_id: str, version: int) -> WorkspaceFacts:
    """The facts at this version; raises NotFound for a workspace that is gone."""
    known = _known.get()
    held = known.get(workspace_id)
    if held is not None and held[0] == version:
        return held[1]
    facts = _load(workspace_id)
    if len(known) >= KEPT:
        known.clear()
    known[workspace_id] = (version, facts)
    return facts


def _load(workspace_id: str) -> WorkspaceFacts:
    row = _WORKSPACE.first(workspace_id=workspace_id)
    if row is None:
        raise NotFound("workspace")
    slug, name, limits, payloads = row
    held = {str(name): bool(is_on) for name, is_on in _FLAGS.rows(workspace_id=workspace_id)}
    on = frozenset(flag.name for flag in CATALOGUE.values() if held.get(flag.name, flag.default))
    return WorkspaceFacts(workspace_id, slug, name, on, dict(limits or {}), payloads)
