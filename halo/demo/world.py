"""One workspace of the demo while it is made up: its luck, its clock, and the rows that it will have."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")
Row = dict[str, Any]
DAYS = 180
"""How far back the demo reaches."""


@dataclass(frozen=True)
class Sizes:
    """How much of everything."""

    companies: int = 120
    end_users: int = 1500
    leads: int = 400
    tickets: int = 2500
    conversations: int = 4000
    events: int = 60_000

    def times(self, scale: float) -> Sizes:
        """The same, multiplied."""
        return Sizes(*(max(1, round(size * scale)) for size in vars(self).values()))


@dataclass(frozen=True)
class Fate:
    """How a customer does, which everything about them agrees with."""

    name: str
    share: float
    health: tuple[int, int]
    trouble: float
    """How often they write."""
    silence: float
    """Days since they were active, on average."""
    moods: tuple[int, int, int, int, int]
    """Weights of happy, neutral, confused, frustrated, angry."""
    renewals: tuple[str, ...]


FATES = (
    Fate(
        "thriving", 0.46, (80, 98), 0.7, 1.0, (45, 45, 8, 2, 0), ("likely_to_renew", "renewed", "expansion_opportunity")
    ),
    Fate("steady", 0.30, (60, 79), 1.0, 3.0, (22, 52, 16, 8, 2), ("up_for_renewal", "in_progress", "likely_to_renew")),
    Fate("struggling", 0.15, (40, 59), 2.2, 9.0, (8, 36, 22, 26, 8), ("at_risk", "in_progress", "up_for_renewal")),
    Fate("leaving", 0.09, (8, 39), 2.6, 28.0, (3, 22, 20, 34, 21), ("set_to_cancel", "at_risk", "lost")),
)


@dataclass
class DemoCustomer:
    """A company with its end users."""

    row: Row
    fate: Fate
    users: list[Row] = field(default_factory=list)


class World:
    """A seed, a midnight and a workspace make the same rows every time."""

    def __init__(self, seed: str, midnight: datetime.datetime, workspace_id: str, mark: str = "") -> None:
        self.luck = random.Random(seed)
        self.now = midnight
        self.workspace_id = workspace_id
        self.mark = mark
        """A word that stands in every record, to find leaks by."""
        self.customers: list[DemoCustomer] = []
        self.rows: dict[str, list[Row]] = {}

    def add(self, kind: str, moment: datetime.datetime, /, **columns: Any) -> Row:
        """One more row, with an id of that moment."""
        row = {"id": self.id_at(moment), "workspace_id": self.workspace_id, **columns}
        self.rows.setdefault(kind, []).append(row)
        return row

    def id_at(self, at: datetime.datetime) -> str:
        """A UUIDv7 as of a moment."""
        chance = self.luck.getrandbits(74)
        milliseconds = int(at.timestamp() * 1000)
        low = (2 << 62) | (chance & ((1 << 62) - 1))
        whole = f"{milliseconds << 80 | 7 << 76 | (chance >> 62) << 64 | low:032x}"
        return f"{whole[:8]}-{whole[8:12]}-{whole[12:16]}-{whole[16:20]}-{whole[20:]}"

    def ago(self, days: float) -> datetime.datetime:
        """So many days before midnight."""
        return self.now - datetime.timedelta(days=days)

    def moment(self, since: datetime.datetime | None = None) -> datetime.datetime:
        """Some time of the last half year: more of late, mostly in office hours, seldom at weekends; after `since`."""
        days = DAYS * self.luck.random() ** 1.25
        day = self.ago(days).replace(hour=0, minute=0, second=0, microsecond=0)
        if day.weekday() > 4 and self.luck.random() < 0.7:
            day -= datetime.timedelta(days=day.weekday() - 4)
        at = day + datetime.timedelta(seconds=self.luck.gauss(12.5, 3.2) % 24 * 3600)
        at = min(at, self.now - datetime.timedelta(minutes=1))
        return at if since is None or at > since else since + (self.now - since) * self.luck.random()

    def later(self, at: datetime.datetime, minutes: float) -> datetime.datetime:
        """About so many minutes after, never after midnight."""
        after = at + datetime.timedelta(seconds=20 + self.luck.expovariate(1 / (minutes * 60)))
        return min(after, self.now)

    def seen(self, user: Row, at: datetime.datetime) -> None:
        """The end user was active at this moment."""
        user["last_seen"] = max(user["last_seen"] or at, at)

    def contacted(self, customer: DemoCustomer, user: Row, at: datetime.datetime) -> None:
        """Somebody of the team wrote to the end user at this moment."""
        for row in (user, customer.row):
            row["last_contacted_at"] = max(row["last_contacted_at"] or at, at)

    def chance(self, likelihood: float) -> bool:
        return self.luck.random() < likelihood

    def one_of(self, things: Sequence[T]) -> T:
        return things[int(self.luck.random() * len(things))]

    def filled(self, text: str) -> str:
        """The text with its numbers, months and amounts."""
        if "{" not in text:
            return text
        month = self.ago(self.luck.random() * 90).strftime("%B")
        return text.format(n=self.luck.randint(3, 90), month=month, amount=f"{self.luck.randint(40, 900)}.00")


@dataclass(frozen=True)
class Told:
    """One connection of the demo."""

    who: str
    app: str
    kind: str
    redirect: str
    scopes: str
    device: str
    version: str
    since: float
    """Days ago that it was allowed."""
    used: float
    """Days ago of its last call."""
    a_day: float
    """Calls on a working day, about."""
    client_id: str = ""
    name: str = ""
    ends: float | None = None
    """In so many days."""
    paused: float | None = None
    revoked: float | None = None
    consented: str = ""
    trouble: float = 0.03
    """How often a call goes wrong."""
