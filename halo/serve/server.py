"""Granian with our settings: threads, sockets, respawn, and a stop that lets calls finish."""

from __future__ import annotations

import errno
import gc
import os
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from halo.ground import limits
from halo.ground.settings import Settings
from halo.ground.telemetry import logs
from halo.ground.telemetry.launch import prepare
from halo.serve import beside, threshold, web_worker
from halo.serve.beside import Beside
from halo.serve.respawn import Server

BACKLOG = 2048
"""Connections that may wait to be accepted; a burst beyond it is refused by the kernel."""
CONNECTIONS = 4096
"""Of one worker, idle ones too: strangers need thousands to keep others from being accepted, and each is some kB."""
STOP_SECONDS = 15
"""How long a worker may finish what it has begun before it is killed."""


def serve(
    settings: Settings,
    *,
    when_listening: Callable[[], None] | None = None,
    loader: Callable[[], Any] | None = None,
    also: Sequence[Beside] = (),
) -> None:
    """Serve until SIGINT or SIGTERM; exits with 0 after it. Workers that end are replaced, always.

    `also` are processes beside the workers, besides the one for jobs. `loader` makes another application than Halo's in
    each worker, with everything else the same (`make bench`).
    """
    refuse_taken_port(settings.host, settings.port)
    if settings.metrics is not None:
        refuse_taken_port(*settings.metrics, setting="HALO_METRICS")
    settings.instance.mkdir(parents=True, exist_ok=True)
    server = Server(
        "app:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads + limits.waiting_room(settings.threads),
        http=HTTPModes.http1,  # over HTTP/2 six connections hold every thread, and no client of ours speaks it
        http1_settings=HTTP1Settings(header_read_timeout=limits.HEADER_SECONDS * 1000),
        backlog=BACKLOG,
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=logs.config(settings.log),
    )
    has_jobs = settings.jobs and loader is None
    server.beside = (*([(beside.work, (settings,))] if has_jobs else []), *also)
    web_worker.import_app_modules()
    prepare(settings)
    os.register_at_fork(after_in_child=web_worker.give_up_signals)
    gc.collect()
    gc.freeze()  # so that a collection in a worker does not copy the memory that all share
    if when_listening is not None:
        server.on_startup(when_listening)
    server.serve(
        spawn_target=threshold.install(settings.threads),
        target_loader=loader or web_worker.Loader(settings),
        wrap_loader=False,
    )


def refuse_taken_port(host: str, port: int, setting: str = "HALO_PORT") -> None:
    """End with a sentence when somebody listens there: workers share a port on purpose, so the kernel would let us."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            sys.exit(f"halo: {_why(problem, host, port, setting)}")


def _why(problem: OSError, host: str, port: int, setting: str) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; stop what listens there, or set {setting} to another"
    if problem.errno == errno.EACCES:
        return f"port {port} needs more rights than this user has; set {setting} to one above 1023"
    look_at = "HALO_HOST" if setting == "HALO_PORT" else setting
    return f"cannot listen on {host} port {port}: {problem.strerror}; check {look_at}"
