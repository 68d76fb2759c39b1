"""Adding the log up for the charts (`halo.ledger.tally`), in a thread that nobody waits for.

It takes its steps on a connection of its own and rests after each for four times as long as the step took, so that a
log that is far behind, as after an upgrade or a burst, leaves the writers four fifths of the time.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from halo.ground.database import outage
from halo.ledger.sinks import Sink

PAUSE_SECONDS = 30
"""Between the last step of one round and the first of the next."""
REST = 4
"""Times as long as the step before it."""
log = logging.getLogger("halo.audit")


class Adder:
    """The thread; it runs from its making until `close`."""

    def __init__(self, open_sink: Callable[[], Sink]) -> None:
        self._open_sink = open_sink
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="halo-audit-adder", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End after the step that runs."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        pause: float = PAUSE_SECONDS
        while not self._stopped.wait(pause):
            try:
                self._round()
            except Exception as problem:  # noqa: BLE001 - `outage.say` logs it
                outage.say(log, "the audit log could not be added up", problem)
            pause = PAUSE_SECONDS

    def _round(self) -> None:
        """Steps until there is nothing to add."""
        with contextlib.closing(self._open_sink()) as sink:
            is_more = True
            while is_more:
                began = time.monotonic()
                is_more = sink.add_up()
                is_more = is_more and not self._stopped.wait(REST * (time.monotonic() - began))
