"""Who holds actions in a workspace, found through the workspace: what another one has does not exist.

To add a kind of holder: `register` a function that names those of a workspace, each with the modes that it may be
given. The Actions page, its switches, their history and the way back are the same for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from halo.actions.vocabulary import EXTERNAL_CLIENTS, Holder
from halo.ground.errors import NotFound
from halo.ground.principal import Member


def _external_clients(_workspace_id: str) -> Iterable[Holder]:
    """Every workspace has them, connected or not."""
    return (EXTERNAL_CLIENTS,)


Source = Callable[[str], Iterable[Holder]]
SOURCES: list[Source] = [_external_clients]


def register(source: Source) -> None:
    """Ask this one too, with the workspace's id: its slice stands above this one."""
    if source not in SOURCES:
        SOURCES.append(source)


def every(*, principal: Member) -> list[Holder]:
    """The holders of the person's workspace, in the order of their kinds."""
    return [holder for source in SOURCES for holder in source(principal.workspace_id)]


def get(key: str, *, principal: Member) -> Holder:
    """The workspace's holder of this key, or of this name in an address; raises NotFound."""
    for holder in every(principal=principal):
        if key in (holder.key, holder.slug):
            return holder
    raise NotFound("holder of actions")
