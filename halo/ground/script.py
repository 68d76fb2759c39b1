"""Who is asking at a door for programs: a member's program, by personal access token."""

from __future__ import annotations

from dataclasses import dataclass

from halo.ground.permissions import Permission
from halo.ground.principal import Member


@dataclass(frozen=True, slots=True)
class Script(Member):
    """A program of a member's, by personal access token: it may what its token holds and its person may now."""

    grant_id: str = ""
    token_name: str = ""
    lent: frozenset[Permission] = frozenset()
    """What the token holds, whatever its person may."""

    @property
    def called(self) -> str:
        return f"{self.email}, token {self.token_name}"
