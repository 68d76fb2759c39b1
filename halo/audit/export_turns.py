"""Whose export runs: one of each person, in whichever process of this machine, and a few of each process.

An export lasts as long as its reader takes, so it holds no request thread and no connection to the database meanwhile
(`halo.audit.export.parts`); what it does hold, one turn, ends when its reader has everything, leaves, or takes nothing
for `limits.STALLED_SECONDS`.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator

from halo.ground import limits, settings
from halo.ground.errors import Busy
from halo.ground.principal import Member

_places = threading.BoundedSemaphore(limits.EXPORTS_AT_ONCE)


class ExportTurn:
    """The right to one export; give it back with `end`."""

    def __init__(self, lock: int) -> None:
        self._lock: int | None = lock

    def during(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        """These parts, with which the turn ends."""
        try:
            yield from parts
        finally:
            self.end()

    def end(self) -> None:
        """Let the next begin; harmless twice."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)
            _places.release()


def take(*, principal: Member) -> ExportTurn:
    """A turn for this person; raises `Busy` while another export of theirs runs, or too many of others'."""
    if not _places.acquire(blocking=False):
        raise Busy("As many exports are running as Halo makes at a time.", limits.EXPORT_RETRY_SECONDS)
    try:
        return ExportTurn(_locked(principal.person_id))
    except BaseException:
        _places.release()
        raise


def _locked(person_id: str) -> int:
    """The descriptor of the person's lock; it ends with this process at the latest."""
    folder = settings.current().instance / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / person_id, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Busy("Another export of yours is still running.", limits.EXPORT_RETRY_SECONDS) from None
    return lock
