"""The one way out: every request that Halo makes by itself to a server of somebody else.

    with outbound.errand(outbound.strangers(settings), seconds=3) as client:
        with client.stream("GET", url) as response:
            body = outbound.capped(response, 64_000)

One pool of connections a process, whose network is guarded (`halo.ground.outbound.guard`): addresses are checked where
connections are made, and everything inside `errand` (looking up, waiting, connecting, reading) is over within its
seconds. No redirect is followed by itself, and each hop of one that is passes the same guard; no proxy of the
environment is used.

Not through here go the systems that an operator runs with Halo (database, Redis, a collector of traces): their places
are settings, their libraries keep connections of their own.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from typing import cast

import httpcore
import httpx

from halo.ground.errors import UpstreamFailed
from halo.ground.limits import (
    OUTBOUND_CONNECTIONS,
    OUTBOUND_CONNECTIONS_AN_ORIGIN,
    OUTBOUND_KEPT,
    OUTBOUND_KEPT_SECONDS,
)
from halo.ground.outbound import guard, overheard
from halo.ground.outbound.guard import Policy
from halo.ground.outbound.unpack import unpacker
from halo.ground.settings import DEFAULT_PORTS, Settings
from halo.ground.telemetry.outgoing import HandedOn

USER_AGENT = "Halo/0.1"
Origin = tuple[str, str, int]
_making = threading.Lock()


class Unreached(UpstreamFailed):
    """There was no connection, or it broke off: asking once more may be enough."""

    def __init__(self) -> None:
        super().__init__("http", "It cannot be reached.")


def strangers(settings: Settings) -> Policy:
    """For addresses that anybody may name: client documents, logos."""
    return Policy(_schemes(settings), low_ports=False, private=settings.allow_private_addresses)


def operators(settings: Settings) -> Policy:
    """For addresses that stand in a setting."""
    return Policy(_schemes(settings), low_ports=True, private=settings.allow_private_addresses)


def servers(settings: Settings) -> Policy:
    """For MCP servers that a workspace connects: also inside the networks that the operator opened to them, where
    plain `http` is spoken too, since internal services often know nothing else."""
    own = settings.server_networks
    return Policy(
        _schemes(settings) | ({"http"} if own else set()),
        low_ports=False,
        private=settings.allow_private_addresses,
        own=own,
    )


def _schemes(settings: Settings) -> frozenset[str]:
    return frozenset({"https", "http"} if settings.allow_private_addresses else {"https"})


@contextlib.contextmanager
def errand(policy: Policy, *, seconds: float) -> Iterator[httpx.Client]:
    """A client for some requests that take so many seconds in all; raises `UpstreamFailed` where one fails."""
    with (
        under(policy, seconds),
        httpx.Client(
            transport=_way_out(),
            trust_env=False,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
        ) as client,
    ):
        yield client


@contextlib.contextmanager
def under(policy: Policy, seconds: float) -> Iterator[None]:
    """The same without a client, for requests that go through `sent`: a third less CPU for who makes many."""
    waited, began = _waited.get(), time.monotonic()
    try:
        with guard.under(policy, seconds):
            yield
    except httpx.TimeoutException:
        raise UpstreamFailed("http", f"It did not answer within {seconds:g} s.") from None
    except httpx.ConnectError as problem:
        raise _unreached(problem) from None
    except (httpx.NetworkError, httpx.RemoteProtocolError):
        raise Unreached from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise UpstreamFailed("http", "It cannot be reached.") from None
    finally:
        if waited is not None:
            waited.add(time.monotonic() - began)


@contextlib.contextmanager
def sent(request: httpx.Request) -> Iterator[httpx.Response]:
    """The response to a request, its body still to be read (`pieces`, `capped`); inside `under`."""
    request.headers.setdefault("User-Agent", USER_AGENT)
    request.headers.setdefault("Accept-Encoding", "gzip")
    exchange = overheard.begun(request)
    response = _way_out().handle_request(request)
    overheard.answered(exchange, response)
    try:
        yield response
    finally:
        response.close()


def rest(seconds: float) -> None:
    """Do nothing for so long; raises httpx.ReadTimeout where the errand is over before."""
    if seconds > guard.present().left(httpx.ReadTimeout):
        raise httpx.ReadTimeout("The time is over.")
    time.sleep(seconds)


def capped(response: httpx.Response, limit: int) -> bytes:
    """The body of a streamed response, unpacked; raises `UpstreamFailed` for more than `limit` bytes.

    Never `response.read()`: it unpacks whatever comes, and what fits into a few kilobytes fills the memory.
    """
    return b"".join(pieces(response, limit))


def pieces(response: httpx.Response, limit: int) -> Iterator[bytes]:
    """The same as it arrives."""
    unpack = unpacker(response.headers.get("Content-Encoding", ""))
    given, taken = 0, 0
    for chunk in response.stream:  # type: ignore[union-attr] # a stream of bytes, as the request was sent
        taken += len(chunk)
        piece = unpack(chunk, limit + 1 - given)
        given += len(piece)
        if max(taken, given) > limit:
            raise UpstreamFailed("protocol", f"The answer is longer than {limit} bytes.")
        yield piece
    if taken and not unpack.is_whole:
        raise UpstreamFailed("http", "The answer is cut short.")


def _unreached(problem: BaseException) -> UpstreamFailed:
    """No connection: told apart is only what its owner can mend, a certificate."""
    beneath = problem.__cause__.__context__ if problem.__cause__ is not None else None
    if isinstance(beneath, ssl.SSLCertVerificationError):
        return UpstreamFailed("tls", "Its certificate is not valid for this address.")
    return Unreached()


class Waited:
    """How long servers of others were waited for, and whether any was asked."""

    __slots__ = ("microseconds",)

    def __init__(self) -> None:
        self.microseconds: int | None = None

    def add(self, seconds: float) -> None:
        """So much more."""
        self.microseconds = (self.microseconds or 0) + round(seconds * 1_000_000)


_waited: ContextVar[Waited | None] = ContextVar("waited", default=None)


@contextlib.contextmanager
def waiting() -> Iterator[Waited]:
    """Adds up what the errands inside wait, of this thread."""
    waited = Waited()
    before = _waited.set(waited)
    try:
        yield waited
    finally:
        _waited.reset(before)


@cache
def tls() -> ssl.SSLContext:
    """The one TLS context of this process; building one costs 25 ms."""
    return httpx.create_ssl_context(trust_env=False)


def _way_out() -> httpx.BaseTransport:
    """The one of this process; the lock keeps two first callers from making two."""
    with _making:
        return _made()


@cache
def _made() -> httpx.BaseTransport:
    return HandedOn(_WayOut())


class _Pool(httpx.HTTPTransport):
    """httpx's transport on a guarded network, for which it has no parameter."""

    def __init__(self) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls(),
            max_connections=OUTBOUND_CONNECTIONS,
            max_keepalive_connections=OUTBOUND_KEPT,
            keepalive_expiry=OUTBOUND_KEPT_SECONDS,
            network_backend=guard.Guarded(),
        )


class _WayOut(httpx.BaseTransport):
    """The pool, with the rules that need no network. Closing a client leaves it open."""

    def __init__(self) -> None:
        self._pool = _Pool()
        self._places = _Places()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        present = guard.present()
        place = origin(request.url, present.policy)
        with guard.speaking(request.url.scheme), contextlib.ExitStack() as held:
            held.enter_context(self._places.one_of(place, present.left(httpx.PoolTimeout)))
            request.extensions = {**request.extensions, "timeout": {"pool": present.left(httpx.PoolTimeout)}}
            response = self._pool.handle_request(request)
            response.stream = _Held(cast(httpx.SyncByteStream, response.stream), held.pop_all())
        return response


def origin(url: httpx.URL, policy: Policy) -> Origin:
    """Where the request goes; raises `UpstreamFailed` where the caller's policy sends none."""
    if url.scheme not in policy.schemes:
        raise UpstreamFailed("address", f"Only {' and '.join(sorted(policy.schemes))} addresses are reached.")
    own = DEFAULT_PORTS[url.scheme]
    port = own if url.port is None else url.port
    if port != own and port < 1024 and not policy.low_ports:
        raise UpstreamFailed("address", f"Only port {own} and ports from 1024 on are reached.")
    return url.scheme, url.host, port


class _Places:
    """So many requests at a time to one origin; the pool itself counts how many there are in all."""

    def __init__(self) -> None:
        self._taken: Counter[Origin] = Counter()
        self._freed = threading.Condition()

    @contextlib.contextmanager
    def one_of(self, origin: Origin, seconds: float) -> Iterator[None]:
        """A place, waited for; raises httpx.PoolTimeout where none is free in time."""
        with self._freed:
            if not self._freed.wait_for(lambda: self._taken[origin] < OUTBOUND_CONNECTIONS_AN_ORIGIN, seconds):
                raise httpx.PoolTimeout("Too many requests go there.")
            self._taken[origin] += 1
        try:
            yield
        finally:
            with self._freed:
                self._taken[origin] -= 1
                self._taken += Counter()
                self._freed.notify_all()


class _Held(httpx.SyncByteStream):
    """A body that gives its place back when it is closed."""

    def __init__(self, inner: httpx.SyncByteStream, held: contextlib.ExitStack) -> None:
        self._inner, self._held = inner, held

    def __iter__(self) -> Iterator[bytes]:
        yield from self._inner

    def close(self) -> None:
        with self._held:
            self._inner.close()
