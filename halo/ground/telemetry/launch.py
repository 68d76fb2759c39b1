"""Switching it on in a worker, after the fork: threads and connections do not survive one.

Whatever cannot be switched on is said in the log, and the worker serves without it.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from multiprocessing import util

from halo.ground.settings import Settings
from halo.ground.telemetry import measures, sheet, traces

log = logging.getLogger("halo.ground.telemetry")


def prepare(settings: Settings) -> None:
    """Import in the parent what its workers will need: they share it, and no collection of garbage walks it."""
    if settings.metrics is not None:
        import_module("halo.ground.telemetry.listener")
    if _is_exported(settings):
        try:
            import_module("halo.ground.telemetry.otel")
        except (ImportError, ValueError) as problem:  # it reads some of its variables as it is imported
            sys.exit(f"halo: OpenTelemetry could not be loaded: {problem}")


def start(settings: Settings, refresh: Callable[[], None]) -> None:
    """Count, trace and listen as the settings say, until this process ends; `refresh` sets the gauges."""
    if settings.metrics is not None:
        _listen(settings.metrics, settings, refresh)
    elif settings.metrics_exporter != "none":
        sheet.begin(None)
    if _is_exported(settings):
        _trace(settings)
    # What `atexit` is to a program: the children of multiprocessing end without it.
    util.Finalize(None, stop, exitpriority=1)


def stop() -> None:
    """Let what was counted and traced so far reach its reader."""
    traces.switch_off()
    sheet.end()


def _is_exported(settings: Settings) -> bool:
    return settings.traces_exporter != "none" or settings.metrics_exporter != "none"


def _listen(address: tuple[str, int], settings: Settings, refresh: Callable[[], None]) -> None:
    from halo.ground.telemetry.listener import Listener

    try:
        sheet.begin(settings.instance)
        listener = Listener(address, settings.instance, refresh)
    except OSError:  # a full disk, an address that somebody took
        log.exception("metrics are not served by this worker")
        return
    measures.WORKERS.set(1)
    threading.Thread(target=listener.serve_forever, args=(1.0,), name="metrics", daemon=True).start()


def _trace(settings: Settings) -> None:
    try:
        from halo.ground.telemetry.otel import OpenTelemetry

        traces.switch_on(OpenTelemetry(settings))
    except Exception:  # whatever the SDK thinks of one of its many variables
        log.exception("OpenTelemetry could not be set up")
