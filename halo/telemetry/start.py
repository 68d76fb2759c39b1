"""Switching it on in a worker, after the fork: threads and connections do not survive one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from multiprocessing import util

from halo.settings import Settings
from halo.telemetry import measures, sheet, traces


def start(settings: Settings, refresh: Callable[[], None]) -> None:
    """Count, trace and listen as the settings say, until this process ends; `refresh` sets the gauges."""
    if settings.metrics is not None:
        _listen(settings.metrics, settings, refresh)
    if settings.traces_exporter != "none" or settings.metrics_exporter != "none":
        from halo.telemetry.otel import OpenTelemetry

        traces.switch_on(OpenTelemetry(settings))
    # What `atexit` is to a program: the children of multiprocessing end without it.
    util.Finalize(None, stop, exitpriority=1)


def stop() -> None:
    """Let what was counted and traced so far reach its reader."""
    sheet.end()
    traces.switch_off()


def _listen(address: tuple[str, int], settings: Settings, refresh: Callable[[], None]) -> None:
    from halo.telemetry.listener import Listener

    sheet.begin(settings.instance)
    measures.WORKERS.set(1)
    listener = Listener(address, settings.instance, refresh)
    threading.Thread(target=listener.serve_forever, args=(1.0,), name="metrics", daemon=True).start()
