"""What a flag is at a moment: the catalogue's default, or the operators' decision in the time in which it holds.

Pure, so that the call path, the pages and the command line say the same. A decision with an end needs no job that
carries it out: whoever asks after the end gets what held before, and `changes_at` tells caches how long they may keep
what they know.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Protocol

from halo.flags.vocabulary import Flag


class Decision(Protocol):
    """What this module asks of a `FlagValue`, or of its columns read raw."""

    @property
    def is_on(self) -> bool: ...
    @property
    def starts_at(self) -> datetime.datetime | None: ...
    @property
    def ends_at(self) -> datetime.datetime | None: ...
    @property
    def otherwise_on(self) -> bool | None: ...
    @property
    def message(self) -> str: ...


@dataclass(frozen=True, slots=True)
class State:
    """One flag at one moment."""

    flag: Flag
    is_on: bool
    phase: str
    """default (nobody decided), waiting (a decision begins later), in force, or over (it has ended)."""
    changes_at: datetime.datetime | None
    """When the value changes by itself; None: not until somebody decides."""
    becomes: bool
    """What it is then."""
    message: str
    """What refused callers read; empty unless an operator's decision refuses them now."""

    @property
    def comes_back_at(self) -> datetime.datetime | None:
        """When a flag that is off goes on by itself."""
        return self.changes_at if self.becomes and not self.is_on else None

    @property
    def is_refusing(self) -> bool:
        """Whether an operator's decision has it off now, or says when it comes back."""
        return not self.is_on and self.phase in ("in force", "waiting")

    @property
    def is_override(self) -> bool:
        """Whether the value differs from the default."""
        return self.is_on != self.flag.default


def standing(flag: Flag, decision: Decision | None, at: datetime.datetime) -> State:
    """The flag at that moment."""
    if decision is None:
        return State(flag, flag.default, "default", None, flag.default, "")
    otherwise = flag.default if decision.otherwise_on is None else decision.otherwise_on
    if decision.starts_at is not None and at < decision.starts_at:
        message = "" if otherwise else decision.message
        return State(flag, otherwise, "waiting", decision.starts_at, decision.is_on, message)
    if decision.ends_at is not None and at >= decision.ends_at:
        return State(flag, otherwise, "over", None, otherwise, "")
    message = "" if decision.is_on else decision.message
    becomes = decision.is_on if decision.ends_at is None else otherwise
    return State(flag, decision.is_on, "in force", decision.ends_at, becomes, message)
