"""Recorded arguments of a tool, tried on another definition of it: would those calls still fit?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from halo.ground.errors import Mistake
from halo.ledger.redact import REDACTED
from halo.servers import sanitising


@dataclass(frozen=True, slots=True)
class Replay:
    """How many recorded calls would fit; those of which something was not kept count apart."""

    fit: int
    unfit: tuple[str, ...]
    """The first mistake of each call that would not, as the place where it is."""
    unknown: int

    @property
    def tried(self) -> int:
        return self.fit + len(self.unfit)


def replayed(schema: Mapping[str, Any], recorded: Iterable[Mapping[str, Any]], hidden: str = REDACTED) -> Replay:
    """What becomes of recorded arguments under a schema; `hidden` is what the log wrote in place of a value."""
    try:
        check = sanitising.checker(schema)
    except Mistake:
        return Replay(0, (), len(list(recorded)))
    fit, unfit, unknown = 0, [], 0
    for arguments in recorded:
        if _holds(arguments, hidden):
            unknown += 1
        elif (mistake := check.first_mistake(arguments)) is None:
            fit += 1
        else:
            unfit.append(mistake or "arguments")
    return Replay(fit, tuple(unfit), unknown)


def _holds(value: Any, hidden: str) -> bool:
    if isinstance(value, str):
        return hidden in value
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(_holds(part, hidden) for part in parts)
