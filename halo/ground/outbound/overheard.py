"""What went out and what came back, for whoever has to show it: the requests of one errand, without their secrets.

    with overheard.listening() as exchanges:
        ...  # requests through `outbound.sent`

Nothing of an answer is kept but its status, its kind and its challenge: its words are a stranger's.
"""

from __future__ import annotations

import contextlib
import datetime
import ssl
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import httpx

HIDDEN = "•••"
TOLD = ("Content-Type", "WWW-Authenticate", "Location", "Retry-After")
"""Headers of answers that are shown."""
_LEFT_OUT = frozenset({"user-agent", "accept-encoding", "content-length", "host", "traceparent", "tracestate"})
"""Headers that say nothing about the request."""
_PLAIN = frozenset({"accept", "content-type", "mcp-protocol-version", "mcp-method", "mcp-name", "last-event-id"})
"""Headers whose values are no secrets; those of all others are hidden."""
SHORTEST = 8
"""Signs of a secret that is looked for in answers: shorter ones are in any text."""
LONGEST = 20_000
"""Bytes of a request's body that are kept."""


@dataclass(frozen=True, slots=True)
class Encryption:
    """Of a connection over TLS."""

    version: str
    ends: datetime.datetime
    """When the other side's certificate does."""


@dataclass(slots=True)
class Exchange:
    """One request, and what came back."""

    method: str
    url: str
    """The values of its query are hidden: some servers take keys there."""
    headers: tuple[tuple[str, str], ...]
    body: str
    status: int | None = None
    """None where no answer came."""
    answer: tuple[tuple[str, str], ...] = field(default=())
    """Headers of the answer, of those that are `TOLD`."""
    encryption: Encryption | None = None
    """None for what went in the clear."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What the request showed that nobody else may see: an answer may repeat it."""


_listeners: ContextVar[list[Exchange] | None] = ContextVar("overheard", default=None)


@contextlib.contextmanager
def listening() -> Iterator[list[Exchange]]:
    """The list that fills with the requests made inside, of this thread."""
    exchanges: list[Exchange] = []
    before = _listeners.set(exchanges)
    try:
        yield exchanges
    finally:
        _listeners.reset(before)


def begun(request: httpx.Request) -> Exchange | None:
    """Note a request that goes out, where somebody listens."""
    exchanges = _listeners.get()
    if exchanges is None:
        return None
    body = request.content[:LONGEST].decode(errors="replace")
    exchange = Exchange(request.method, shown(str(request.url)), _headers(request.headers), body)
    exchange.secrets = _secrets(request.headers)
    exchanges.append(exchange)
    return exchanges[-1]


def answered(exchange: Exchange | None, response: httpx.Response) -> None:
    """Note what came back."""
    if exchange is not None:
        told = ((name, response.headers.get(name, "")) for name in TOLD)
        exchange.status = response.status_code
        exchange.answer = tuple((name, _without(exchange.secrets, visible(value))) for name, value in told if value)
        exchange.encryption = _encryption(response)


def shown(url: str) -> str:
    """An address without what may be a secret in it: user, password, and the values of its query."""
    parts = urlsplit(url)
    query = "&".join(f"{name}={HIDDEN}" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query, fragment=""))


def _encryption(response: httpx.Response) -> Encryption | None:
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    certificate = tls.getpeercert() if tls is not None else None
    if tls is None or not certificate:
        return None
    ends = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return Encryption(str(tls.version()), datetime.datetime.fromtimestamp(ends, datetime.UTC))


def _headers(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
    named = ((name.title(), value if name in _PLAIN else HIDDEN) for name, value in headers.items())
    return tuple((name, value) for name, value in named if name.lower() not in _LEFT_OUT)


def _secrets(headers: httpx.Headers) -> tuple[str, ...]:
    """The values that are hidden; the longest first, so that no part of one is left."""
    hidden = [value for name, value in headers.items() if name not in _PLAIN | _LEFT_OUT]
    words = {part for value in hidden for part in (value, value.rpartition(" ")[2]) if len(part) >= SHORTEST}
    return tuple(sorted(words, key=len, reverse=True))


def _without(secrets: Iterable[str], said: str) -> str:
    for secret in secrets:
        said = said.replace(secret, HIDDEN)
    return said


def visible(value: str) -> str:
    """What another server said, with no sign in it that is not seen."""
    return "".join(sign if sign.isprintable() else "?" for sign in value[:500])
