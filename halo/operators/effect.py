"""What switching a flag off would hit, and what it did hit: counted from the audit log, which has every attempt."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from halo.audit import of_grants
from halo.audit.counting import counts, of_servers
from halo.audit.counting.counts import Usage
from halo.audit.counting.of_servers import ServerUse
from halo.flags.service import Held
from halo.flags.vocabulary import Flag
from halo.ground.database import now

DAY = datetime.timedelta(hours=24)
WATCHED = datetime.timedelta(minutes=5)
"""How long after a switch its page goes on asking."""


@dataclass(frozen=True)
class Effect:
    """What happened since a flag went off."""

    since: datetime.datetime
    refused: int
    first_at: datetime.datetime | None
    """The first refused call."""
    under_way: int
    """Calls that had begun before and were still answered."""
    late: int
    """Calls that began after and were answered all the same."""
    last_late: datetime.datetime | None
    is_watched: bool

    @property
    def delay(self) -> str:
        """From the switch to the first refused call, in words."""
        return seconds(self.first_at - self.since) if self.first_at else ""

    @property
    def last_late_after(self) -> str:
        """From the switch to the beginning of the last call that was answered all the same."""
        return seconds(self.last_late - self.since) if self.last_late else ""


def radius(flag: Flag, workspace_id: str) -> Usage | ServerUse:
    """Who used in the last day what the flag refuses."""
    used = of_servers.usage_since if flag.of_servers else counts.usage_since
    return used(workspace_id, since=now() - DAY)


def since_switch(held: Held, workspace_id: str) -> Effect | None:
    """What a flag that is off has done since; None where it is on, or off by default."""
    row, reason = held.row, held.state.flag.refuses
    if row is None or held.state.is_on or held.state.phase != "in force":
        return None
    since = max(row.set_at, row.starts_at or row.set_at)
    refused, first_at = counts.refused_since(workspace_id, reason=reason.name, since=since)
    begun = of_grants.answered_since(workspace_id, since=since, only_servers=held.state.flag.of_servers)
    late = [at for at in begun if at > since]
    return Effect(since, refused, first_at, len(begun) - len(late), len(late), max(late, default=None), _watched(since))


def seconds(passed: datetime.timedelta) -> str:
    """`40 ms`, `1.2 seconds`, `3 minutes`: as exact as a person wants it."""
    number = max(0.0, passed.total_seconds())
    if number < 1:
        return f"{number * 1000:.0f} ms"
    if number < 120:
        return f"{number:.1f} seconds"
    return f"{number / 60:.0f} minutes"


def _watched(since: datetime.datetime) -> bool:
    return now() - since < WATCHED
