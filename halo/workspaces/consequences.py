"""What a removal or another role does to what the person connected: said before anybody presses the button."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from halo.ground import scopes
from halo.ground.permissions import Permission, Role, permissions_of
from halo.workspaces import holdings
from halo.workspaces.accounts import sessions
from halo.workspaces.models import Membership


@dataclass(frozen=True)
class Removal:
    """What ends when somebody leaves the workspace."""

    apps: list[str]
    """Connected apps, by name."""
    tokens: list[str]
    """Personal access tokens, by name."""
    browsers: int
    """Signed-in browsers that look at the workspace."""


@dataclass(frozen=True)
class Loss:
    """A connection that goes on with less."""

    name: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Reduction:
    """What another role or other permissions take away; `lost` in sentences."""

    lost: list[str]
    connections: list[Loss]


def of_removal(workspace_id: str, person_id: str) -> Removal:
    """What ends with this person's membership."""
    held = holdings.held_for(workspace_id, person_id)
    return Removal(
        apps=sorted(it.name for it in held if it.kind == "app"),
        tokens=sorted(it.name for it in held if it.kind == "token"),
        browsers=sessions.looking_at(workspace_id, person_id),
    )


def of_change(member: Membership, role: Role, words: Iterable[str]) -> Reduction:
    """What the member's connections can no longer do with this role and these permissions."""
    before = permissions_of(Role(member.role), member.permissions)
    after = permissions_of(role, words)
    losses = []
    for it in holdings.held_for(member.workspace_id, member.person_id):
        gone = tuple(scope for scope in it.scopes if _covered(scope, before) and not _covered(scope, after))
        if gone:
            losses.append(Loss(it.name, gone))
    lost = [permission.sentence for permission in Permission if permission in before - after]
    return Reduction(lost, losses)


def _covered(scope: str, permissions: frozenset[Permission]) -> bool:
    needed = scopes.ceiling(scope)
    return needed is None or needed in permissions
