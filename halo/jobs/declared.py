"""The jobs that slices declared: each a name, a sentence, the rows that it works on, and what takes a unit of work."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, inspect

from halo.ground import limits
from halo.ground.database import Base
from halo.jobs.models import Schedule
from halo.jobs.turns import Turn

Unit = Callable[[Turn], bool]
"""Takes one unit of work; says whether there is more."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One kind of work."""

    name: str
    """`<slice>.<what>`: on the command line and in the queue."""
    says: str
    """What it does, as a sentence."""
    model: type[Any]
    """A model with the columns of `Due`."""
    unit: Unit = field(repr=False)
    every: datetime.timedelta | None = None
    """How often, where it recurs by itself and has a row of `Schedule`."""
    rest: float = 1
    """Times as long as a unit took that it pauses before the next: writers get the rest of the time."""

    longest_pause: float = limits.JOB_LONGEST_PAUSE_SECONDS
    """Seconds that a row which fails again and again waits at most; less where somebody waits for it."""

    @property
    def key(self) -> ColumnElement[str]:
        """The column that names a row."""
        column: ColumnElement[str] = inspect(self.model).primary_key[0]
        return column

    @property
    def rows(self) -> list[ColumnElement[bool]]:
        """Which rows of the model are its own."""
        return [Schedule.name == self.name] if self.every else []


_declared: dict[str, Job] = {}


def on(
    model: type[Base],
    *,
    name: str,
    says: str,
    rest: float = 1,
    longest_pause: float = limits.JOB_LONGEST_PAUSE_SECONDS,
) -> Callable[[Unit], Unit]:
    """Declare what is done with each row of the model that is due."""
    return _declaring(name=name, says=says, model=model, rest=rest, longest_pause=longest_pause)


def every(seconds: int, *, name: str, says: str, rest: float = 1) -> Callable[[Unit], Unit]:
    """Declare what is done every so many seconds, by one worker of all machines."""
    return _declaring(name=name, says=says, model=Schedule, every=datetime.timedelta(seconds=seconds), rest=rest)


def _declaring(**given: Any) -> Callable[[Unit], Unit]:
    def declare(unit: Unit) -> Unit:
        if given["name"] in _declared:
            raise ValueError(f"there is a job {given['name']!r} already")
        _declared[given["name"]] = Job(unit=unit, **given)
        return unit

    return declare


def find(name: str) -> Job | None:
    """The job of this name; None for one that only another release knows."""
    return _declared.get(name)


def jobs() -> list[Job]:
    """All, by name."""
    return sorted(_declared.values(), key=lambda job: job.name)


def forget(name: str) -> None:
    """Take a declaration back (tests)."""
    del _declared[name]
