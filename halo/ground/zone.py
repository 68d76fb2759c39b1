"""In whose time a call is answered: the zone of its workspace, for as long as the call runs.

A context variable, because what says a time stands many calls below what knows the workspace. Outside a call it is UTC.
"""

from __future__ import annotations

import contextlib
import datetime
import zoneinfo
from collections.abc import Iterator
from contextvars import ContextVar

_zone: ContextVar[datetime.tzinfo] = ContextVar("zone", default=datetime.UTC)


@contextlib.contextmanager
def spoken_in(name: str) -> Iterator[None]:
    """Say times in the zone of this name inside."""
    token = _zone.set(zoneinfo.ZoneInfo(name))
    try:
        yield
    finally:
        _zone.reset(token)


def name() -> str:
    """The name of the zone, such as Europe/Berlin."""
    return str(_zone.get())


def local(moment: datetime.datetime) -> datetime.datetime:
    """The moment on the clock of the zone, with its offset; one without an offset is UTC."""
    known = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return known.astimezone(_zone.get())
