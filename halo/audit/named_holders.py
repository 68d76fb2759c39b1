"""Names of AI agents and connected servers in the log: their slices stand above this one and tell it.

    named_holders.named_by("agent", service.names)  # (workspace id, ids) -> id -> name

Whose id nobody names is shown as one that is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Literal

Kind = Literal["agent", "server"]
Named = Callable[[str, Collection[str]], Mapping[str, str]]
"""(workspace, ids) -> id -> name, of those that are this workspace's; of every one where no id is asked for."""
_named: dict[Kind, Named] = {}


def named_by(kind: Kind, names: Named) -> None:
    """From now on these names are asked for."""
    _named[kind] = names


def names(kind: Kind, workspace_id: str, ids: Collection[str | None]) -> Mapping[str, str]:
    """The names of these agents or servers of the workspace."""
    wanted = {each for each in ids if each}
    return _named[kind](workspace_id, wanted) if wanted and kind in _named else {}


def every(kind: Kind, workspace_id: str) -> Mapping[str, str]:
    """All agents or servers that the workspace has now."""
    return _named[kind](workspace_id, ()) if kind in _named else {}
