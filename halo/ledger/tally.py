"""Adding the audit log up by the hour, a few thousand rows at a time, each exactly once.

A mark says how far the adding has come. One step takes the rows between the mark and a little further, adds them to
the tables of hours and moves the mark, all in one transaction under a lock: however many processes take steps, and
wherever one is killed, every row counts once. The last minutes are left alone, since a row may be written a moment
after its id was made; whoever counts adds them live (`halo.audit.counting.counts`). What is counted of agents and
servers has a mark of its own (`HOLDERS`): the tables came later, and a release that does not know them moves the other
mark without them.

The job `ledger.add_up` takes steps each half minute. A reader takes some when the mark is far behind, as after an
upgrade, or where no worker runs (`HALO_JOBS`).
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from halo.ground.database import db, insert_into, now, one_change
from halo.ledger import moments
from halo.ledger.executions import OUTCOMES
from halo.ledger.models import TallyMark

STEP = 1000
"""Rows that one step adds; some ten milliseconds."""
SETTLED = datetime.timedelta(minutes=2)
"""After this long no row with an older id is written any more."""
LATE = datetime.timedelta(minutes=15)
"""A mark further behind than this is worth a reader's time."""
READER_SECONDS = 0.03
CLASSES: Final = (0, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000,
                  5_000_000, 10_000_000)  # fmt: skip
"""Where each class of latency begins, in microseconds; within a class a percentile is interpolated."""
COLUMNS: Final = tuple(f"c{number:02}" for number in range(len(CLASSES)))
"""The column of each class."""
NAME = "hours"
"""The mark of the tables of tools and connections."""
HOLDERS = "holders"
"""The mark of the tables of agents and servers."""
HOUR = {
    "sqlite": "CAST(strftime('%s', at) AS INTEGER) / 3600",
    "postgresql": "CAST(floor(extract(epoch FROM at) / 3600) AS INTEGER)",
}
_STRETCH = "FROM action_executions WHERE id >= :upto AND id < :end"
_TOOL = "workspace_id, hour, tool, outcome, reason, integration, method, caller"
_HOLDER = f"{_TOOL}, agent_id, server_id"
_GRANT = "workspace_id, hour, grant_id, client_id, person_id, protocol_version"
_GRANT_TOOL = "workspace_id, grant_id, tool, outcome"
_OPTIONAL = {"tool", "reason", "integration", "grant_id", "client_id", "person_id", "protocol_version",
             "agent_id", "server_id"}  # fmt: skip
"""Columns of a call that may be NULL, which no key may."""


def take_step(*, settled: datetime.timedelta = SETTLED) -> bool:
    """Add the next rows, in a change of its own or within the current one; False when there are no more, or another is
    at it."""
    horizon = moments.first_id(now() - settled)
    with one_change() as rows:
        first, second = (_advance(rows, name, horizon) for name in (NAME, HOLDERS))
    return first or second


def _advance(rows: Session, name: str, horizon: str) -> bool:
    dialect = db.engine.dialect.name
    waits = " FOR UPDATE SKIP LOCKED" if dialect == "postgresql" else ""
    rows.execute(insert_into(TallyMark).values(name=name, upto="").on_conflict_do_nothing())
    upto = rows.scalar(text(f"SELECT upto FROM audit_tally_mark WHERE name = :name{waits}"), {"name": name})  # noqa: S608
    if upto is None or upto >= horizon:
        return False
    further = text(f"SELECT id {_STRETCH} ORDER BY id LIMIT 1 OFFSET {STEP}")
    end = rows.scalar(further, {"upto": upto, "end": horizon})
    stretch = {"upto": upto, "end": end or horizon}
    for statement in statements(dialect, name):
        rows.execute(text(statement), stretch)
    rows.execute(update(TallyMark).where(TallyMark.name == name).values(upto=stretch["end"]))
    return end is not None


def statements(dialect: str, name: str) -> list[str]:
    """What adds the rows between `:upto` and `:end` to each table of this mark."""
    latencies = {"calls": "count(*)", "latency_us": "CAST(sum(latency_us) AS BIGINT)", **_classes()}
    if name == HOLDERS:
        held = " AND (agent_id IS NOT NULL OR server_id IS NOT NULL)"
        return [_adding(f"audit_holder_{of}", _HOLDER, latencies, dialect, held) for of in ("hours", "days")]
    outcomes = {name: f"sum(CASE WHEN outcome = '{name}' THEN 1 ELSE 0 END)" for name in OUTCOMES}
    return [
        _adding("audit_tool_hours", _TOOL, latencies, dialect),
        _adding("audit_tool_days", _TOOL, latencies, dialect),
        _adding("audit_grant_hours", _GRANT, outcomes, dialect),
        _adding("audit_grant_days", _GRANT, outcomes, dialect),
        _adding("audit_grant_tools", _GRANT_TOOL, latencies, dialect, " AND grant_id IS NOT NULL AND tool IS NOT NULL"),
    ]


def _classes() -> dict[str, str]:
    bounds = [*pairwise(CLASSES), (CLASSES[-1], 1 << 62)]
    return {
        column: f"sum(CASE WHEN latency_us >= {begin} AND latency_us < {end} THEN 1 ELSE 0 END)"
        for column, (begin, end) in zip(COLUMNS, bounds, strict=True)
    }


def _adding(table: str, keys: str, sums: Mapping[str, str], dialect: str, more: str = "") -> str:
    columns = keys.split(", ")
    hour = f"{HOUR[dialect]} / 24 * 24" if table.endswith("days") else HOUR[dialect]
    read = ", ".join(f"{hour if column == 'hour' else _read(column)} AS {column}" for column in columns)
    values = ", ".join(f"{value} AS {name}" for name, value in sums.items())
    numbers = ", ".join(str(number) for number in range(1, len(columns) + 1))
    onto = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in sums)
    return (
        f"INSERT INTO {table} ({keys}, {', '.join(sums)}) SELECT {read}, {values} {_STRETCH}{more} "
        f"GROUP BY {numbers} ON CONFLICT ({keys}) DO UPDATE SET {onto}"
    )


def _read(column: str) -> str:
    return f"coalesce({column}, '')" if column in _OPTIONAL else column


def mark(name: str = NAME) -> str:
    """The id under which everything is added up to the tables of this mark; empty before the first step."""
    return db.session.scalar(select(TallyMark.upto).where(TallyMark.name == name)) or ""


def catch_up(seconds: float = READER_SECONDS, *, settled: datetime.timedelta = SETTLED) -> None:
    """Take steps for so long, where a mark is late; for a reader, before it reads anything else."""
    is_late = min(mark(NAME), mark(HOLDERS)) < moments.first_id(now() - max(LATE, settled))
    if not is_late and settled == SETTLED:
        return
    until = time.monotonic() + seconds
    while take_step(settled=settled) and time.monotonic() < until:
        pass
