"""A PostgreSQL for the bench: as durable as in production, unlike the one of the tests."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.support import postgres

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Its address with an empty database; stopped at the end."""
    postgres.FAST.update(DURABLE)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        running = postgres.Server(Path(name))
        url = running.start()
        try:
            with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE halo_bench")
            yield f"{url}/halo_bench"
        finally:
            os.kill(running.pid(), signal.SIGQUIT)
