"""What must hold after any fault, counted over all that the callers saw and all that the database keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from tests.soak.traffic import Answered, Seen
from tests.soak.world import World

WARM = 180.0
"""Seconds after which memory is to stay flat."""
GROWTH = 1.15
"""Of the workers' memory from then to the end: an allocator breathes."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Resident memory of the worker that takes most, in bytes, so many seconds after the beginning."""

    at: float
    memory: int


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence, how often it was broken, and an example."""

    sentence: str
    broken: int
    example: str = ""


def examine(world: World, seen: Seen, samples: Sequence[Sample]) -> list[Promise]:
    """Every promise, with the number of times that it was broken."""
    rows = _rows(world, set(seen.calls))
    missing = [call for call in seen.calls if not rows[call]]
    doubled = [call for call in seen.calls if rows[call] > 1]
    errors = [it for it in seen.answers if it.status >= 500 and it.status != 503]
    silent = [it for it in seen.answers if it.status == 503 and it.retry_after is None and it.kind != "healthz"]
    health = [it for it in seen.answers if it.kind == "healthz" and it.status not in (200, 0)]
    return [
        Promise("answered calls without their row", len(missing), _first(missing)),
        Promise("answered calls with two rows", len(doubled), _first(doubled)),
        Promise("server errors other than 503", len(errors), _first(errors)),
        Promise("503 without Retry-After", len(silent), _first(silent)),
        Promise("`/healthz` that answered anything but 200", len(health), _first(health)),
        _flat(samples),
    ]


def slowest(answers: Sequence[Answered], kind: str) -> tuple[float, float]:
    """Median and 99th percentile in seconds of the answers of a kind."""
    waited = sorted(it.seconds for it in answers if it.kind == kind and it.status)
    return (waited[len(waited) // 2], waited[int(len(waited) * 0.99)]) if waited else (0.0, 0.0)


def _rows(world: World, calls: set[str]) -> Counter[str]:
    from halo import create_app
    from halo.ground.database import db
    from halo.ledger.models import ActionExecution
    from tests.support import stores

    app = create_app(world.server.store.settings(base_url=world.server.url))
    counted: Counter[str] = Counter()
    try:
        with app.app_context():
            statement = select(ActionExecution.request_id, func.count()).group_by(ActionExecution.request_id)
            for identity, count in db.session.execute(statement):
                name = str(identity).strip('"')
                if name in calls:
                    counted[name] = count
    finally:
        stores.close(app)
    return counted


def _flat(samples: Sequence[Sample]) -> Promise:
    late = [it for it in samples if it.at >= WARM]
    if len(late) < 6:
        return Promise("memory that grew from the third minute on (run too short to tell)", 0)
    third = len(late) // 3
    early, end = (max(it.memory for it in part) for part in (late[:third], late[-third:]))
    said = f"{early / 1e6:.0f} MB, then {end / 1e6:.0f} MB"
    return Promise("memory that grew from the third minute on", int(end > early * GROWTH), said)


def _first(broken: Sequence[object]) -> str:
    return str(broken[0]) if broken else ""
