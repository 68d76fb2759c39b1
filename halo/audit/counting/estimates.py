"""Calls over time by filters that no table of hours knows: an estimate from a sample of each step.

Each step looks at its first rows of the leading filter's index and reckons with the number of all of them, which the
tables of hours know. A step with no more rows than were looked at is counted exactly.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import Select, and_, bindparam, case, func, select

from halo.audit import filters as filters_
from halo.audit.counting import hours
from halo.audit.filters import Filters
from halo.ground.database import db
from halo.ledger import moments
from halo.ledger.models import ActionExecution

SAMPLE = 3_000
"""Rows that one chart looks at."""
SMALLEST = 50
"""And each step of it at least."""
STEPS = 24
"""Steps of such a chart."""


@dataclass
class Guessed:
    """The calls of one step by outcome, counted or reckoned."""

    calls: dict[str, int] = field(default_factory=dict)
    is_estimate: bool = False


def over_time(workspace_id: str, filters: Filters, steps: range, *, reads_payloads: bool) -> list[Guessed]:
    """One for each step, which are hours."""
    each = max(SMALLEST, SAMPLE // len(steps))
    totals = hours.counted(workspace_id, filters_.leading(filters), steps)
    looked: dict[int, int] = defaultdict(int)
    fits: dict[int, dict[str, int]] = defaultdict(dict)
    sample = _sample(workspace_id, filters, each, reads_payloads)
    for number, hour in enumerate(steps):
        low, high = (moments.first_id(hours.begin_of(it)) for it in (hour, hour + steps.step))
        for outcome, seen, fitting in db.session.execute(sample, {"low": low, "high": high}):
            looked[number] += seen
            fits[number][outcome] = int(fitting)
    guessed = []
    for number in range(len(steps)):
        is_cut = looked[number] >= each
        share = max(1.0, sum(totals[number].values()) / looked[number]) if is_cut else 1.0
        calls = {outcome: round(count * share) for outcome, count in fits[number].items()}
        guessed.append(Guessed(calls, is_cut))
    return guessed


def _sample(workspace_id: str, filters: Filters, each: int, reads_payloads: bool) -> Select[str, int, int]:
    """(outcome, rows looked at, rows of them that fit), from the id `low` up to `high`."""
    inside = (ActionExecution.id >= bindparam("low"), ActionExecution.id < bindparam("high"))
    rest = and_(*filters_.rest(ActionExecution, filters, reads_payloads))
    fits = case((rest, 1), else_=0).label("fits")
    first = select(ActionExecution.outcome, fits).where(*filters_.lead(workspace_id, filters), *inside)
    near = first.order_by(ActionExecution.id).limit(each).subquery()
    return select(near.c.outcome, func.count(), func.sum(near.c.fits)).group_by(near.c.outcome)
