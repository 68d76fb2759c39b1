"""Client id metadata documents: a client whose id is the https URL of a document that describes it.

The id is shared by every install of the application, so nothing of one install may touch another (interop.md S-24:
see `halo.oauth.grants`). The document is read with the guard of `halo.outbound`, small and fast, and believed as long
as its headers say, a day longer while its server fails, and never more than a week after it was read (S-25). One that
cannot be read has a sentence of its own, unlike an unknown client. Only public clients: a document that prefers
`private_key_jwt` is served as `none`, which PKCE protects (S-23).
"""

from __future__ import annotations

import datetime
import re
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from halo import outbound
from halo.errors import HaloError, Mistake, UpstreamFailed
from halo.oauth import registration
from halo.settings import Settings

BYTES = 64_000
SECONDS = 3.0
AT_ONCE = 8
"""Documents that a process reads at the same time: whoever asks is a stranger, and each takes a thread meanwhile."""
GRACE = datetime.timedelta(days=1)
"""How long a document that cannot be reached is still believed after it was to be read again."""
LONGEST = datetime.timedelta(days=7) - GRACE
SHORTEST = datetime.timedelta(minutes=5)
DEFAULT = datetime.timedelta(hours=24)
_reading = threading.BoundedSemaphore(AT_ONCE)
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,9})")


class Unreadable(HaloError):
    """The client's document cannot be read or does not describe the client."""


class Unreachable(Unreadable):
    """Its server does not answer or fails, which says nothing about the document."""


@dataclass(frozen=True)
class Document:
    """What a document said, cleaned, and how long it may be believed."""

    metadata: dict[str, Any]
    fresh_for: datetime.timedelta


def names_a_document(client_id: str, settings: Settings) -> bool:
    """Whether a client id is the URL of a document: https with a path; http only where loopback may be reached."""
    try:
        parts = urlsplit(client_id)
        host = parts.hostname
    except ValueError:
        return False
    schemes = ("https", "http") if settings.allow_private_addresses else ("https",)
    return (
        parts.scheme in schemes
        and bool(host)
        and len(parts.path) > 1
        and "#" not in client_id
        and "@" not in parts.netloc
        and "/../" not in parts.path + "/"
        and len(client_id) <= 2000
    )


def read(client_id: str, settings: Settings) -> Document:
    """Fetch and check the document; raises `Unreadable` with what was wrong."""
    if not _reading.acquire(blocking=False):
        raise _unreachable(client_id, "Too many documents are being read; try again in a moment.")
    try:
        return _fetched(client_id, settings)
    finally:
        _reading.release()


def _fetched(client_id: str, settings: Settings) -> Document:
    headers = {"Accept": "application/json"}
    try:
        with (
            outbound.client(settings, seconds=SECONDS) as client,
            outbound.deadline(SECONDS) as extensions,
            client.stream("GET", client_id, headers=headers, extensions=extensions) as response,
        ):
            return Document(_described(client_id, _body(response)), _fresh_for(response.headers))
    except UpstreamFailed as problem:
        kind = Unreadable if problem.stage == "protocol" else Unreachable
        raise kind(_said(client_id, problem.message)) from None
    except Mistake as problem:
        raise Unreadable(_said(client_id, problem.message)) from None
    except httpx.TimeoutException:
        raise _unreachable(client_id, f"It did not answer within {SECONDS:g} s.") from None
    except (httpx.HTTPError, httpx.InvalidURL):
        raise _unreachable(client_id, "It cannot be reached.") from None


def _body(response: httpx.Response) -> bytes:
    answered = f"It answered with status {response.status_code}."
    if response.status_code >= 500:
        raise UpstreamFailed("http", answered)
    if response.status_code != 200:
        raise Mistake("document", answered)
    return outbound.capped(response, BYTES, seconds=SECONDS)


def _described(client_id: str, body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Mistake("document", "It is not JSON.") from None
    if not isinstance(said, dict) or said.get("client_id") != client_id:
        raise Mistake("client_id", "Its client_id is not the address that it stands at.")
    return registration.clean(said | {"token_endpoint_auth_method": "none", "client_name": said.get("client_name")})


def _fresh_for(headers: httpx.Headers) -> datetime.timedelta:
    control = headers.get("cache-control", "").lower()
    if "no-store" in control or "no-cache" in control:
        return SHORTEST
    found = _MAX_AGE.search(control)
    return min(max(datetime.timedelta(seconds=int(found[1])), SHORTEST), LONGEST) if found else DEFAULT


def _unreachable(client_id: str, why: str) -> Unreachable:
    return Unreachable(_said(client_id, why))


def _said(client_id: str, why: str) -> str:
    return f"Halo could not read the client document at {client_id}. {why}"
