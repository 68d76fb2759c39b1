"""What one process has counted, and what all processes of this machine have counted together.

A process counts in its own memory. Every second, and when it stops, it writes its sheet into the instance folder, whole
and under another name first; adding up reads everybody's. Nothing is memory-mapped on purpose: on a full disk a
mapping kills its process, a failed write only leaves the sheet of a moment ago. A sheet has a number, held by a lock:
the process that replaces a dead one takes its number and goes on from its counts, so that no total ever shrinks.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import orjson

from halo.ground import limits

log = logging.getLogger("halo.ground.telemetry")
Key = tuple[str, tuple[str, ...]]
"""A metric's name and the values of its labels."""
Series = dict[Key, list[float]]
FOLDER = "metrics"
"""In the instance folder."""
UNCOUNTED = "halo_metrics_uncounted_total"


rows: dict[str, dict[tuple[str, ...], list[float]]] = {}
"""What this process counted itself: by metric, then by its labels' values."""
present: Series = {}
"""Numbers that hold only while this process lives."""
lock = threading.Lock()
"""Held while a number changes."""


def begun(name: str, labels: tuple[str, ...], size: int) -> list[float]:
    """A new series of a metric, from zero; one that nobody reads where there are too many."""
    row = [0.0] * size
    with lock:
        if sum(map(len, rows.values())) < limits.METRIC_SERIES:
            return rows[name].setdefault(labels, row)
        rows[UNCOUNTED].setdefault((), [0.0])[0] += 1
    return row


def own() -> Series:
    """What this process counted itself."""
    with lock:
        return {(name, labels): list(row) for name, of_it in rows.items() for labels, row in of_it.items()}


class Sheet:
    """Where the counts of this process are read by others: nowhere, where it has no number among them."""

    def __init__(self, path: Path | None = None, held: int = -1) -> None:
        self._path, self._held = path, held
        self._before = _read(path)[0] if path else {}
        """What those counted who had the number before."""
        self._writing = threading.Lock()

    def publish(self) -> None:
        """Let the others read what was counted so far."""
        if self._path is None:
            return
        beside = self._path.with_suffix(".new")
        with self._writing:
            said = {"counts": _listed(_sum(self._before, own())), "now": _listed(present.copy())}
            try:
                beside.write_bytes(orjson.dumps(said))
                beside.replace(self._path)
            except OSError:
                log.exception("the metrics of this process could not be published")

    def close(self) -> None:
        """Publish the last counts, and leave the number to another process."""
        self.publish()
        if self._held >= 0:
            os.close(self._held)


opened: list[Sheet] = []
"""The sheet of this process; empty where nothing is counted. Each count looks at it, so it is no function."""


def open_one() -> Sheet | None:
    """The sheet of this process; None where nothing is counted."""
    return opened[0] if opened else None


def begin(instance: Path | None) -> Sheet:
    """Count in this process from now on, for all that count in this instance folder, or for this process alone."""
    sheet = Sheet() if instance is None else _numbered(instance / FOLDER)
    _forget()
    opened[:] = [sheet]
    return sheet


def end() -> None:
    """Count no more (a worker that stops; tests)."""
    while opened:
        opened.pop().close()
    _forget()


def _forget() -> None:
    with lock:
        present.clear()
        for of_it in rows.values():
            of_it.clear()


def _numbered(folder: Path) -> Sheet:
    folder.mkdir(parents=True, exist_ok=True)
    for number in count():
        if (held := _claimed(folder, number)) is not None:
            return Sheet(folder / f"{number}.json", held)
    raise AssertionError


def added_up(instance: Path) -> Series:
    """Every process's counts together, and the present numbers of those that live."""
    total: Series = {}
    for path in sorted((instance / FOLDER).glob("*.json")):
        counts, now = _read(path)
        total = _sum(_sum(total, counts), now if _is_held(path) else {})
    return total


def _sum(some: Series, more: Series) -> Series:
    """Both together; of a series that changed its shape, the later."""
    total = dict(some)
    for key, row in more.items():
        before = total.get(key, ())
        total[key] = [a + b for a, b in zip(before, row, strict=True)] if len(before) == len(row) else row
    return total


def _read(path: Path) -> tuple[Series, Series]:
    """A sheet's counts and its present numbers; none where there is no sheet, or one that nobody can read."""
    try:
        said = orjson.loads(path.read_bytes())
        return dict(_keyed(said["counts"])), dict(_keyed(said["now"]))
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}


def _listed(series: Series) -> list[list[object]]:
    return [[name, labels, list(values)] for (name, labels), values in series.items()]


def _keyed(listed: list[tuple[str, list[str], list[float]]]) -> Iterator[tuple[Key, list[float]]]:
    for name, labels, values in listed:
        yield (name, tuple(labels)), values


def _claimed(folder: Path, number: int) -> int | None:
    """A descriptor that holds the number; None where another process does."""
    held = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    return held


def _is_held(path: Path) -> bool:
    """Whether the process of this sheet lives."""
    held = _claimed(path.parent, int(path.stem))
    if held is None:
        return True
    os.close(held)
    return False
