"""Granian's server, that replaces every worker that ends, however often.

Granian's own gives up when a worker ends twice within some seconds, and everything that it serves with it. A fault that
ends workers, a full disk or memory that runs out, passes; so here each end makes the next start wait longer, and a
worker that lived for a while begins anew. The processes beside the workers are more of them, with the numbers after the
last.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from granian.server import MPServer
from granian.server.mp import WorkerProcess

from halo.serve.beside import Beside

log = logging.getLogger("halo.serve")
HEALTHY_SECONDS = 60
"""Of life, after which a worker's earlier ends are forgotten."""
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 30
"""Before a worker that ends each time it starts is started again: often enough to be there when the fault has passed,
seldom enough to cost nothing and to fill no log."""


class Server(MPServer):
    """Serves until it is told to stop."""

    beside: tuple[Beside, ...] = ()
    """What one more process each runs."""

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        super()._spawn_workers(spawn_target, target_loader)  # type: ignore[no-untyped-call]
        for number, _ in enumerate(self.beside):
            self.wrks.append(self._spawn_worker(self.workers + number, spawn_target, target_loader))
            self.wrks[-1].start()  # type: ignore[no-untyped-call]

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> WorkerProcess:  # type: ignore[override]
        """A web worker, or a process beside them."""
        if idx >= self.workers:
            return WorkerProcess(self, idx, *self.beside[idx - self.workers])  # type: ignore[no-untyped-call]
        return super()._spawn_worker(idx, target, callback_loader)

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        """In the place of Granian's: the same signals, another answer to workers that ended.

        Which have ended is looked up, since of two that end at one moment Granian's list can lose one.
        """
        pauses = Pauses()
        while not self.is_told_to_stop():
            self.main_loop_interrupt.wait(pauses.until_next())
            self.main_loop_interrupt.clear()
            self.interrupt_children.clear()
            if self.is_told_to_stop():
                return
            if self.reload_signal:
                self._reload(spawn_target, target_loader)  # type: ignore[no-untyped-call]
            for idx, worker in enumerate(self.wrks):
                if not worker.is_alive():  # type: ignore[no-untyped-call]
                    pauses.add(idx, lived=time.monotonic() - worker.birth)
            for idx in pauses.due():
                self._respawn_workers([idx], spawn_target, target_loader)

    def is_told_to_stop(self) -> bool:
        """Whether a signal came; it may come between any two steps."""
        return bool(self.interrupt_signal)


class Pauses:
    """When each worker that ended may start again."""

    def __init__(self) -> None:
        self._ends: dict[int, int] = {}
        self._due: dict[int, float] = {}

    def add(self, idx: int, lived: float) -> None:
        """This one was found to have ended, after so many seconds of life; heeded once for each end."""
        if idx in self._due:
            return
        ends = 0 if lived > HEALTHY_SECONDS else self._ends.get(idx, 0)
        self._ends[idx] = ends + 1
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**ends)
        self._due[idx] = time.monotonic() + pause
        log.error("worker %d ended after %.0f s; another starts in %g s", idx + 1, lived, pause)

    def until_next(self) -> float | None:
        """Seconds until one may start; None where none waits."""
        return max(0.0, min(self._due.values()) - time.monotonic()) if self._due else None

    def due(self) -> list[int]:
        """Those that may start now; they wait no longer."""
        now = time.monotonic()
        found = [idx for idx, at in self._due.items() if at <= now]
        for idx in found:
            del self._due[idx]
        return found
