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
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from halo import limits

log = logging.getLogger("halo.telemetry")
Key = tuple[str, tuple[str, ...]]
"""A metric's name and the values of its labels."""
Series = dict[Key, list[float]]
FOLDER = "metrics"
"""In the instance folder."""
UNCOUNTED = "halo_metrics_uncounted_total"


class Sheet:
    """The counts of this process."""

    def __init__(self, folder: Path, number: int, held: int) -> None:
        self._path = folder / f"{number}.json"
        self._held = held
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._counts, _ = _read(self._path)
        self._now: Series = {}
        """Numbers that hold only while this process lives."""

    def add(self, name: str, labels: tuple[str, ...], size: int, amounts: Iterable[tuple[int, float]]) -> None:
        """Add to the numbers of a series, at their places."""
        key = (name, labels)
        with self._lock:
            values = self._counts.get(key)
            if values is None or len(values) != size:
                values = self._begun(key, size)
            for at, amount in amounts:
                values[at] += amount

    def set(self, name: str, labels: tuple[str, ...], value: float) -> None:
        """The number of a series is this now."""
        with self._lock:
            self._now[name, labels] = [value]

    def publish(self) -> None:
        """Let the others read what was counted so far."""
        beside = self._path.with_suffix(".new")
        with self._writing:
            with self._lock:
                said = {"counts": _listed(self._counts), "now": _listed(self._now)}
            try:
                beside.write_bytes(orjson.dumps(said))
                beside.replace(self._path)
            except OSError:
                log.exception("the metrics of this process could not be published")

    def close(self) -> None:
        """Publish the last counts, and leave the number to another process."""
        self.publish()
        os.close(self._held)

    def _begun(self, key: Key, size: int) -> list[float]:
        if len(self._counts) >= limits.METRIC_SERIES:
            self._counts.setdefault((UNCOUNTED, ()), [0.0])[0] += 1
            return [0.0] * size
        self._counts[key] = [0.0] * size
        return self._counts[key]


_open: list[Sheet] = []


def open_one() -> Sheet | None:
    """The sheet of this process; None where nothing is counted."""
    return _open[0] if _open else None


def begin(instance: Path) -> Sheet:
    """Count in this process from now on."""
    folder = instance / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    sheet = next(Sheet(folder, number, held) for number in range(10_000) if (held := _claimed(folder, number)))
    _open[:] = [sheet]
    return sheet


def end() -> None:
    """Count no more (a worker that stops; tests)."""
    while _open:
        _open.pop().close()


def added_up(instance: Path) -> Series:
    """Every process's counts together, and the present numbers of those that live."""
    total: Series = {}
    for path in sorted((instance / FOLDER).glob("*.json")):
        counts, now = _read(path)
        for series in (counts, now if _is_held(path) else {}):
            for key, values in series.items():
                before = total.get(key, [])
                is_same = len(before) == len(values)
                total[key] = [a + b for a, b in zip(before, values, strict=True)] if is_same else values
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
