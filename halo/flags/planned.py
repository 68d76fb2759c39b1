"""Writing down that the planned time of a decision began or ended: what a flag is needs no job, its history does."""

from __future__ import annotations

import datetime

from halo.flags import catalogue, state
from halo.flags.models import FlagValue
from halo.ledger import changes

BY = "Halo"
_BEFORE = datetime.timedelta(microseconds=1)


def first(starts_at: datetime.datetime | None, ends_at: datetime.datetime | None) -> datetime.datetime | None:
    """The first moment of a decision that is to be written down; None where it holds from now on for good."""
    return starts_at or ends_at


def tell(row: FlagValue, at: datetime.datetime) -> None:
    """Inside a change: a row of `changes` for each beginning and end that came until then; each once."""
    while row.due_at is not None and row.due_at <= at:
        moment, row.due_at = row.due_at, row.ends_at if row.due_at == row.starts_at else None
        if row.name in catalogue.CATALOGUE:
            _record(row, moment)


def _record(row: FlagValue, moment: datetime.datetime) -> None:
    flag = catalogue.get(row.name)
    changes.record(
        "flag.began" if moment == row.starts_at else "flag.ended",
        workspace_id=row.workspace_id,
        principal=None,
        by=BY,
        subject=("flag", flag.name, flag.title),
        before={"is_on": state.of(flag, row, moment - _BEFORE).is_on},
        after={"is_on": state.of(flag, row, moment).is_on, "at": moment.isoformat()},
        why=row.why,
    )
