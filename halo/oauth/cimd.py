"""Client id metadata documents: a client whose id is the https URL of a document that describes it.

The id is shared by every install of the application, so nothing of one install may touch another (S-24:
see `halo.oauth.grants`). The document is read with the guard of `halo.ground.outbound`, small and fast, and believed as
long as its headers say, a day longer while its server fails, and never more than a week after it was read (S-25). One
that cannot be read has a sentence of its own, unlike an unknown client. Only public clients: a document that prefers
`private_key_jwt` is served as `none`, which PKCE protects (S-23).

What the id may look like is `problem`: the rules of the draft (section 3), and that the address which is read is the
very one that was sent. What only says that the way there is closed (`Unreachable`) is told apart from a document that
is gone or wrong, because a known client is then taken from our own list (`halo.oauth.clients`).
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
import orjson

from halo.ground.errors import HaloError, Mistake, UpstreamFailed
from halo.ground.outbound import small
from halo.ground.settings import Settings
from halo.ground.wire import addresses
from halo.oauth import redirects, registration

BYTES = 64_000
LONGEST_ID = 2000
OFF = (
    "This Halo reads no such documents (HALO_CLIENT_DOCUMENTS is off). Remove the connection in the app and add it "
    "again: it then registers instead."
)
SECONDS = 3.0
AT_ONCE = 8
"""Documents that a process reads at the same time: whoever asks is a stranger, and each takes a thread meanwhile."""
GRACE = datetime.timedelta(days=1)
"""How long a document that cannot be reached is still believed after it was to be read again."""
LONGEST = datetime.timedelta(days=7) - GRACE
SHORTEST = datetime.timedelta(minutes=5)
DEFAULT = datetime.timedelta(hours=24)
_documents = small.SmallReader("application/json", seconds=SECONDS, most_bytes=BYTES, at_once=AT_ONCE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,9})")


GONE = (404, 410)
"""What says something about the document; every other status may be a firewall's, a gate's, or an outage's."""


class Unreadable(HaloError):
    """The client's document cannot be read or does not describe the client."""

    title = "The app's description cannot be read"


class Unreachable(Unreadable):
    """Its server does not answer, fails or is cut off, which says nothing about the document."""


class Misnamed(Unreadable):
    """The id looks like the address of a document, and cannot be one."""

    title = "The app's id cannot be used"


@dataclass(frozen=True)
class ClientDocument:
    """What a document said, cleaned, and how long it may be believed."""

    metadata: dict[str, Any]
    fresh_for: datetime.timedelta


def is_address(client_id: str) -> bool:
    """Whether a client id is meant as the address of a document; those that we hand out have no scheme."""
    return _SCHEME.match(client_id) is not None


def problem(client_id: str, settings: Settings) -> str | None:
    """Why such an id names no document that may be read, as a sentence (section 3 of the draft); None where it does."""
    if len(client_id) > LONGEST_ID:
        return f"The app's id is an address of more than {LONGEST_ID} characters."
    try:
        parts = urlsplit(client_id)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or not redirects.CHARACTERS.fullmatch(client_id):
        return "The app's id is no address that can be read: it needs a host, and has only the characters of RFC 3986."
    return _problem_of_parts(client_id, parts, settings)


def _problem_of_parts(client_id: str, parts: SplitResult, settings: Settings) -> str | None:
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.allow_private_addresses):
        return "The app's id is an address that does not begin with https://."
    if "@" in parts.netloc:
        return "The app's id is an address with a user name or password in it."
    if "#" in client_id:
        return "The app's id is an address with a fragment (#)."
    if parts.path in ("", "/"):
        return "The app's id is the address of a whole site; it has to name a document there, by a path."
    if addresses.has_dots(parts.path):
        return "The app's id is an address with a segment . or .. in its path, so that another one would be read."
    return None


def read(client_id: str, settings: Settings) -> ClientDocument:
    """Fetch and check the document; raises `Unreadable` with what was wrong."""
    if not settings.client_documents:
        raise _unreachable(client_id, OFF)
    try:
        found = _documents.read(client_id, settings)
        return ClientDocument(_described(client_id, found.body), _fresh_for(found.headers))
    except small.Crowded:
        raise _unreachable(client_id, "Too many documents are being read; try again in a moment.") from None
    except UpstreamFailed as problem:
        kind = Unreadable if _is_of_document(problem) else Unreachable
        raise kind(_said(client_id, problem.message)) from None
    except Mistake as problem:
        raise Unreadable(_said(client_id, problem.message)) from None


def _is_of_document(problem: UpstreamFailed) -> bool:
    """Whether the failure says something about the document, and not only about the way there."""
    if isinstance(problem, small.BadStatus):
        return problem.status in GONE
    return problem.stage == "protocol"


def _described(client_id: str, body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UpstreamFailed("http", "What came is not JSON, or not all of it.") from None
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
