"""Connections to PostgreSQL that notice when it hangs or is gone.

A server that was stopped in the middle, or a machine that swaps, keeps its connections open and says nothing. Neither
the driver nor TCP ever gives up on it, and every request that asks would hold its thread for good. So a connection of
ours that hears nothing for a while knocks at the server's door (`_knock`). If that opens, the question simply takes its
time, up to the statement timeout; if not, the server counts as away. Then everybody is refused at once, but for one
caller a second who knocks again, so that an outage holds no threads and ends by itself.
"""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import struct
import threading
import time
from collections.abc import Generator
from typing import Any, Self, TypeVar, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

from halo.ground.limits import CALL_SECONDS

T = TypeVar("T")
Row = tuple[Any, ...]
log = logging.getLogger("halo.ground.database")
STATEMENTS = f"-c statement_timeout={CALL_SECONDS}s"
"""A statement that runs longer than a call may take is one that nobody waits for any more."""
SILENCE_SECONDS = 0.5
"""Without a word in the middle of a question, after which a connection knocks."""
KNOCK_SECONDS = 1.0
"""How long the door may take to open: a caller is told within three seconds, the silence before it included."""
LOOK_SECONDS = 1.0
"""Between two knocks at the door of a server that is away."""
CONNECT_SECONDS = 2
"""For a new connection; the driver takes no less."""
WAIT_SECONDS = 2
"""For a connection of a pool in which all are taken."""
PATIENCE_SECONDS = CALL_SECONDS + 5
"""The longest silence, whoever opens the door: the server itself has ended the statement before."""
LOST = {"connect_timeout": CONNECT_SECONDS, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}
"""What the driver is told: of a machine that vanished TCP gives up after seconds, not hours."""
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""The first thing that a client may say; every server answers it with one byte, without a name or a password."""


class NotAnswering(psycopg.OperationalError):
    """The server does not answer now."""


class Watch:
    """Whether one server answers, as this process saw it last."""

    def __init__(self, addresses: tuple[tuple[str, int], ...]) -> None:
        self._addresses = addresses
        self._lock = threading.Lock()
        self._looked_at = 0.0
        self.is_away = False

    def demand(self) -> None:
        """Raise `NotAnswering` at once while the server is away; one caller a second looks whether it is back."""
        if not self.is_away:
            return
        if time.monotonic() - self._looked_at >= LOOK_SECONDS and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        if self.is_away:
            raise NotAnswering("PostgreSQL does not answer")

    def attend(self) -> None:
        """Nothing was heard for a while: raise `NotAnswering` if the door stays shut. One knocks, and the others who
        wait take what it saw."""
        with self._lock:
            if time.monotonic() - self._looked_at >= SILENCE_SECONDS:
                self._look()
        if self.is_away:
            raise NotAnswering("PostgreSQL does not answer")

    def _look(self) -> None:
        was_away, self.is_away = self.is_away, bool(self._addresses) and not any(map(_knock, self._addresses))
        self._looked_at = time.monotonic()
        if self.is_away != was_away:
            log.warning("PostgreSQL does not answer" if self.is_away else "PostgreSQL answers again")


class Connection(psycopg.Connection[Row]):
    """A connection that does not wait for a server that is away."""

    _watch: Watch | None = None

    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Self:
        told = {**LOST, "tcp_user_timeout": CONNECT_SECONDS * 1000, **options}
        kept = {name: told.pop(name) for name in list(told) if name in _OURS}
        whole = make_conninfo(conninfo, **told)
        watch = watch_of(whole)
        watch.demand()
        try:
            made = super().connect(whole, **kept)
        except psycopg.OperationalError:
            watch.attend()
            raise
        made._watch = watch
        return made

    def wait(self, gen: Generator[Any, Any, T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Consume the driver's generator, as the parent does."""
        if self._watch is None:
            return super().wait(gen, interval, timeout)
        try:
            self._watch.demand()
            return super().wait(_attended(gen, self._watch), interval, timeout)
        except NotAnswering:
            self.pgconn.finish()  # nobody reads what it may still say
            raise

    @property
    def is_stale(self) -> bool:
        """Whether the server hung up on this idle connection: it said something that nobody asked for."""
        if self.closed:
            return True
        line = select.poll()
        line.register(self.pgconn.socket, select.POLLIN)
        return bool(line.poll(0))


_OURS = frozenset({"autocommit", "prepare_threshold", "context", "row_factory", "cursor_factory"})
"""Options of psycopg's connections; every other is libpq's."""


class Pool(ConnectionPool[Connection]):
    """A pool of such connections that nobody queues at while the server is away."""

    def __init__(self, url: str, *, most: int) -> None:
        self._watch = watch_of(url)
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # a line for each attempt; the watch says it once
        super().__init__(
            url,
            connection_class=Connection,
            kwargs={"autocommit": True, "options": STATEMENTS},
            min_size=1,
            max_size=most,
            timeout=WAIT_SECONDS,
            reconnect_timeout=WAIT_SECONDS,
            open=True,
        )

    def rows(self, sql: str, values: list[Any]) -> list[Row]:
        """What a statement finds, which only reads: it is asked again where the connection was the server's last
        word, as after a restart."""
        try:
            return self._rows(sql, values)
        except psycopg.OperationalError as problem:
            if isinstance(problem, NotAnswering) or not is_broken(problem):
                raise
            self._watch.attend()
            self.drain()
            return self._rows(sql, values)

    def _rows(self, sql: str, values: list[Any]) -> list[Row]:
        self._watch.demand()
        with self.connection() as connection:
            return connection.execute(sql.encode(), values, prepare=True).fetchall()


def is_broken(problem: psycopg.Error) -> bool:
    """Whether the connection ended, rather than the statement: the server says so (class 57P), or says nothing."""
    return problem.sqlstate is None or problem.sqlstate.startswith("57P")


_watches: dict[str, Watch] = {}


def watch_of(conninfo: str) -> Watch:
    """This process's watch of the server that the connection string names."""
    told = conninfo_to_dict(conninfo)
    addresses = _addresses(told)
    return _watches.setdefault(repr(addresses), Watch(addresses))


def _addresses(told: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    """Hosts and ports of a connection string; of a socket in the file system its path. None where they are left to
    the driver's defaults, whose server is then never called away."""
    hosts = [host for host in str(told.get("hostaddr") or told.get("host") or "").split(",") if host]
    ports = [int(port or 5432) for port in str(told.get("port") or "").split(",")]
    return tuple((host, ports[at] if len(ports) > 1 else ports[0]) for at, host in enumerate(hosts))


def _knock(address: tuple[str, int]) -> bool:
    """Whether the server at the address says its first byte in time."""
    host, port = address
    try:
        with contextlib.closing(_dialled(host, port)) as line:
            line.settimeout(KNOCK_SECONDS)
            line.sendall(_SSL_REQUEST)
            return line.recv(1) != b""
    except OSError:
        return False


def _dialled(host: str, port: int) -> socket.socket:
    if not host.startswith("/"):
        return socket.create_connection((host, port), timeout=KNOCK_SECONDS)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(KNOCK_SECONDS)
    line.connect(f"{host}/.s.PGSQL.{port}")
    return line


def _attended(gen: Generator[Any, Any, T], watch: Watch) -> Generator[Any, Any, T]:
    """The driver's generator, which is resumed with 0 for each tenth of a second in which nothing came."""
    silent_since = knocked_at = time.monotonic()
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready:
                silent_since = knocked_at = time.monotonic()
            elif time.monotonic() - silent_since > PATIENCE_SECONDS:
                raise NotAnswering("PostgreSQL says nothing")
            elif time.monotonic() - knocked_at > SILENCE_SECONDS:
                watch.attend()
                knocked_at = time.monotonic()
            wanted = gen.send(ready)
    except StopIteration as end:
        return cast(T, end.value)
