"""What acts for a member: it ends with their membership, and can do less where they may do less.

The slices that keep such things stand above this one, so each registers its own (`halo/wiring.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from halo.ground.principal import SignedIn


@dataclass(frozen=True)
class Holding:
    """One thing that acts for the member in the workspace."""

    kind: Literal["app", "token"]
    name: str
    scopes: tuple[str, ...]


class End(Protocol):
    """Ends all that a kind of holding has of this member, inside the current change; how many there were."""

    def __call__(self, workspace_id: str, person_id: str, *, principal: SignedIn | None) -> int: ...


_kinds: list[tuple[Callable[[str, str], Iterable[Holding]], End]] = []


def register(held: Callable[[str, str], Iterable[Holding]], end: End) -> None:
    """A slice says what it holds for the member (workspace id, person id), and how all of it ends."""
    if (held, end) not in _kinds:
        _kinds.append((held, end))


def held_for(workspace_id: str, person_id: str) -> list[Holding]:
    """Everything that acts for the member."""
    return [holding for held, _ in _kinds for holding in held(workspace_id, person_id)]


def end_all(workspace_id: str, person_id: str, *, principal: SignedIn | None) -> int:
    """End everything that acts for a member who leaves, inside the current change; how many there were."""
    return sum(end(workspace_id, person_id, principal=principal) for _, end in _kinds)
