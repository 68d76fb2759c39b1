"""What a unit of work gets: which row, which attempt, and changes that only who holds the row can make."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterator

from sqlalchemy.orm import Session

from halo.ground.database import now, one_change
from halo.jobs import leases
from halo.jobs.leases import Lease

Clock = Callable[[], datetime.datetime]
RENEWED = leases.LEASE / 4
"""Of a lease, after which it is renewed between two units."""


class Turn:
    """One worker's time with one row."""

    def __init__(self, lease: Lease, clock: Clock = now) -> None:
        self._lease, self._clock = lease, clock

    @property
    def row_id(self) -> str:
        return self._lease.row_id

    @property
    def attempt(self) -> int:
        """1 for the first since the row last succeeded."""
        return self._lease.attempt

    @contextlib.contextmanager
    def change(self) -> Iterator[Session]:
        """`one_change` that is only committed while this worker holds the row; raises `LeaseLost` otherwise."""
        with one_change() as session:
            leases.demand(self._lease)
            yield session

    def renew(self) -> None:
        """Hold the row for another minute, before something that takes long; raises `LeaseLost`."""
        leases.renew(self._lease, self._clock())

    def keep(self) -> None:
        """Renew where a quarter of the lease is over; raises `LeaseLost`."""
        if self._lease.until - self._clock() < leases.LEASE - RENEWED:
            self.renew()
