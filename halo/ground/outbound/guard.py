"""The guard of Halo's own requests: where a connection may go, and until when.

It stands where connections are made and used (httpcore's network backend), so that no client, redirect or reused
connection gets past it. A name is looked up once, every address of it is checked, and the connection goes to one of
those, so that a second look-up cannot send it elsewhere. The errand under way is a context variable: the pool lends a
connection to many, and each brings its own policy and its own end.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any

import httpcore

from halo.ground.errors import UpstreamFailed
from halo.ground.outbound import lookups, networks
from halo.ground.outbound.networks import Network, Reach

NOT_REACHED = "The name of the host is not known, or it is not on the public internet."
"""One sentence for both: who may name any host would learn the names of a network from the difference. The log and
`flask doctor` tell it."""
TOGETHER = 65_536
"""Bytes that are kept until they are sent."""
ADDRESSES = 4
"""Of one name, that are tried."""
log = logging.getLogger("halo.ground.outbound")
clock = time.monotonic


@dataclass(frozen=True, slots=True)
class Policy:
    """Where the requests of a caller may go."""

    schemes: frozenset[str]
    low_ports: bool
    """Whether ports below 1024 are asked besides the scheme's own: mail, shells and the like answer there."""
    private: bool
    """Whether loopback and private networks are reached; what is withheld never is."""
    own: tuple[Network, ...] = ()
    """Private networks that are reached all the same, and may be spoken to in the clear."""

    def admits(self, address: str, *, plain: bool = False) -> bool:
        """Whether a connection may go to the address; in the clear (`plain`) nothing crosses the internet."""
        kind = networks.kind(address)
        is_own = kind is Reach.private and (self.private or networks.is_inside(address, self.own))
        return is_own or (kind is Reach.public and (self.private or not plain))


@dataclass(frozen=True, slots=True)
class Errand:
    """What is under way: its policy, and when it is over."""

    policy: Policy
    end: float

    def left(self, spent: type[Exception]) -> float:
        """The seconds that are left; raises `spent` where there are none."""
        seconds = self.end - clock()
        if seconds <= 0:
            raise spent("The time is over.")
        return seconds


_present: ContextVar[Errand] = ContextVar("errand")
_plain: ContextVar[bool] = ContextVar("in the clear", default=False)


def present() -> Errand:
    """The errand under way; without one nothing leaves (LookupError)."""
    return _present.get()


@contextlib.contextmanager
def under(policy: Policy, seconds: float) -> Iterator[None]:
    """Whatever leaves inside keeps the policy, and is over after so many seconds in all."""
    before = _present.set(Errand(policy, clock() + seconds))
    try:
        yield
    finally:
        _present.reset(before)


@contextlib.contextmanager
def speaking(scheme: str) -> Iterator[None]:
    """The request that leaves inside is of this scheme."""
    before = _plain.set(scheme == "http")
    try:
        yield
    finally:
        _plain.reset(before)


class Guarded(httpcore.NetworkBackend):
    """Connects to addresses that were checked."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - a limit of one step; the errand's own holds
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that answers; each has a share of the time, so that the last gets some."""
        addresses = checked(host)[:ADDRESSES]
        problem: Exception = httpcore.ConnectError(NOT_REACHED)
        for number, address in enumerate(addresses):
            share = present().left(httpcore.ConnectTimeout) / (len(addresses) - number)
            try:
                made = self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                problem = failed
            else:
                return Line(address, made)
        raise problem


class Line(httpcore.NetworkStream):
    """A connection to an address. Whoever uses it has to be allowed to, and has what is left of his own time.

    Head and body of a request leave together, when the answer is read: a piece less to send and to wake up for.
    """

    def __init__(self, address: str, inner: httpcore.NetworkStream) -> None:
        self._address, self._inner = address, inner
        self._kept = b""
        """Written, and not yet sent."""
        self._admitted: tuple[Policy, bool] | None = None
        """Of whom it is known that they may use it."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - see `connect_tcp`
        if self._kept:
            with contextlib.suppress(httpcore.WriteError):  # who hangs up early may have said why
                self._send()
        return self._inner.read(max_bytes, present().left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - see `connect_tcp`
        self._demand()
        present().left(httpcore.WriteTimeout)
        self._kept += buffer
        if len(self._kept) > TOGETHER:
            self._send()

    def _demand(self) -> None:
        """Raise `UpstreamFailed` where the caller's policy sends nobody to this address."""
        policy, plain = present().policy, _plain.get()
        if self._admitted is not None and self._admitted[0] is policy and self._admitted[1] is plain:
            return
        if not policy.admits(self._address, plain=plain):
            raise refused(
                "a connection of another caller leads to an address that is not public", address=self._address
            )
        self._admitted = (policy, plain)

    def _send(self) -> None:
        """Not by the inner stream, whose time begins anew with every piece that the other side takes."""
        connection, buffer, self._kept = self._inner.get_extra_info("socket"), self._kept, b""
        try:
            while buffer:
                connection.settimeout(present().left(httpcore.WriteTimeout))
                buffer = buffer[connection.send(buffer) :]
        except TimeoutError as problem:
            raise httpcore.WriteTimeout(problem) from problem
        except OSError as problem:
            raise httpcore.WriteError(problem) from problem

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Closed where it fails, as nobody else knows of it then."""
        try:
            seconds = present().left(httpcore.ConnectTimeout)
            return Line(self._address, self._inner.start_tls(ssl_context, server_hostname, seconds))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def checked(host: str) -> list[str]:
    """The addresses of a host, where the errand under way may go to all of them; raises `UpstreamFailed`."""
    errand = present()
    try:
        found = lookups.addresses(host, errand.left(httpcore.ConnectTimeout))
    except lookups.Unknown as why:
        raise refused(str(why), host=host) from None
    hidden = [address for address in found if not errand.policy.admits(address, plain=_plain.get())]
    if hidden:
        raise refused("its name leads to an address that is not public", host=host, address=hidden[0])
    return found


def refused(why: str, **facts: str) -> UpstreamFailed:
    """The failure that whoever asked is told of; the log says why."""
    log.warning("A request of Halo's own was not sent: %s", why, extra={"facts": facts})
    return UpstreamFailed("address", NOT_REACHED)
