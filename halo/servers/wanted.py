"""A server as a person describes it, and what of a description fits.

Each field has a sentence of its own, whichever door it came through; what is changed later is checked as a whole again,
since what fits depends on the rest (`merged`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from halo import catalogue
from halo.ground import outbound, scopes
from halo.ground.errors import Mistake
from halo.ground.server_limits import (
    SERVER_CALL_SECONDS,
    SERVER_CALL_SECONDS_AT_MOST,
    SERVER_HEADER_CHARACTERS,
    SERVER_HEADERS,
)
from halo.ground.settings import Settings
from halo.ground.text import names
from halo.ledger import redact
from halo.servers import pasted
from halo.servers.authorization import RESERVED
from halo.servers.models import ADDRESS, Server

LONGEST_NAME = 100
_SLUG = re.compile(r"[a-z][a-z0-9_]{0,31}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_OURS = frozenset({
    "host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "accept",
    "accept-encoding", "te", "trailer", "upgrade", "expect", "keep-alive", "last-event-id", "traceparent",
    "tracestate", "halo-assertion", "proxy-connection",
})  # fmt: skip
"""Headers that Halo writes itself, as it does all that begin with `mcp-`."""
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "cookie2", "set-cookie"})
PROVIDERS = frozenset({"hubspot", "slack", "linear", "stripe"})
"""Integrations that have names of their own."""
WISHES: Mapping[str, Any] = {"scope": "", "extra": {}, "omits_resource": False}
"""What can be set for a sign-in (`halo.servers.authorization.Wishes`), as it is where nobody set it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A server as somebody wants it."""

    name: str
    slug: str
    url: str
    auth_method: str = "none"
    credentials: Mapping[str, Any] | None = field(default=None, repr=False)
    headers: Mapping[str, Any] = field(default_factory=dict)
    wishes: Mapping[str, Any] = field(default_factory=dict)
    call_seconds: int = SERVER_CALL_SECONDS
    is_on: bool = True
    is_ours: bool = False
    sends_assertion: bool = False
    for_clients: bool = False

    def columns(self) -> dict[str, Any]:
        """All of it but the credentials, by the names of the row's columns."""
        return {name: value for name, value in asdict(self).items() if name != "credentials"}


FIELDS = frozenset(each.name for each in fields(Wanted))


def reserved() -> frozenset[str]:
    """Slugs that would be taken for something of Halo's own: its tools' prefixes, scopes and integrations."""
    every = catalogue.declared().every()
    prefixes = {tool.name.partition("_")[0] for tool in every} | {
        tool.integration for tool in every if tool.integration
    }
    return frozenset(prefixes | {word.partition(":")[0] for word in scopes.SENTENCES} | PROVIDERS | {"halo", "mcp"})


def checked(wanted: Wanted, settings: Settings) -> Wanted:
    """The description as it is kept; raises `Mistake`, which names the field and says what would be taken."""
    for name in ("is_on", "is_ours", "sends_assertion", "for_clients"):
        if not isinstance(getattr(wanted, name), bool):
            raise Mistake(name, f"{name} is true or false.")
    if wanted.sends_assertion and not wanted.is_ours:
        raise Mistake("sends_assertion", "Who the customer is, is told only to a server of your own.")
    return replace(
        wanted,
        name=names.chosen(_text(wanted.name, "name", "Enter a name"), "name", LONGEST_NAME),
        slug=fitting_slug(wanted.slug),
        url=address(wanted.url, settings),
        auth_method=_method(wanted.auth_method),
        headers=_headers(wanted.headers),
        wishes=_wishes(wanted.wishes),
        call_seconds=_seconds(wanted.call_seconds),
    )


def merged(server: Server, given: Mapping[str, Any]) -> Wanted:
    """The server with these fields in the place of its own; in an object null takes a name out (RFC 7396)."""
    held = {name: getattr(server, name) for name in FIELDS - {"credentials"}}
    if unknown := sorted(given.keys() - FIELDS):
        raise Mistake(str(unknown[0])[:100], f"A server has no such field. It has {', '.join(sorted(FIELDS))}.")
    if given.get("slug", server.slug) != server.slug:
        raise Mistake("slug", "The slug stays: it is in the name of every tool. Connect the server anew for another.")
    for name, value in given.items():
        old = held.get(name)
        held[name] = _patched(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return Wanted(**held)


def _patched(old: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**old, **given}.items() if value is not None}


def address(url: Any, settings: Settings) -> str:
    """The address as requests go to it; raises `Mistake`. Where it leads is looked at when something is sent."""
    text = _text(url, "url", "Enter the address of the server").strip()
    schemes = outbound.servers(settings).schemes
    if len(text) > ADDRESS:
        raise Mistake("url", f"The address has at most {ADDRESS:,} characters.")
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for one that is none
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in schemes or not parts.hostname:
        begins = "https:// or http://" if "http" in schemes else "https://"
        raise Mistake("url", f"Enter a whole address that begins with {begins}.")
    if parts.username is not None or parts.password is not None:
        raise Mistake("url", "Leave name and password out of the address; credentials have a field of their own.")
    if parts.fragment or not text.isascii() or not text.isprintable() or " " in text:
        raise Mistake("url", "Enter the address without a # part, spaces and signs outside of ASCII.")
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if redact.is_secret_name(name) or redact.text(value) != value:
            raise Mistake(
                "url", f"Leave {name[:100]} out of the address: whoever sees the server sees it. Paste a token."
            )
    return text


def fitting_slug(slug: Any) -> str:
    """The slug; raises `Mistake` for one that none can have."""
    if not isinstance(slug, str) or not _SLUG.fullmatch(slug):
        raise Mistake("slug", "A slug has 1 to 32 of a-z, 0-9 and _, and begins with a letter.")
    if slug in reserved():
        raise Mistake("slug", f"{slug} is a name of Halo's own. Choose another slug.")
    return slug


def _method(method: Any) -> str:
    if not isinstance(method, str) or method not in pasted.METHODS:
        raise Mistake("auth_method", f"The method is one of {', '.join(pasted.METHODS)}.")
    return method


def _seconds(seconds: Any) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= SERVER_CALL_SECONDS_AT_MOST:
        raise Mistake("call_seconds", f"A call takes 1 to {SERVER_CALL_SECONDS_AT_MOST} seconds.")
    return seconds


def _headers(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or len(given) > SERVER_HEADERS:
        raise Mistake("headers", f"Give the headers as an object of at most {SERVER_HEADERS} names with their values.")
    found = {str(name): _header(str(name), value) for name, value in given.items()}
    if len({name.lower() for name in found}) < len(found):
        raise Mistake("headers", "A header stands there twice.")
    return found


def _header(name: str, value: Any) -> str:
    called, plain = name[:100], name.lower().replace("_", "-")  # which many servers take for the same
    if not _HEADER.fullmatch(name) or plain in _OURS or plain.startswith("mcp-"):
        raise Mistake("headers", f"{called!r} is no header that can be set here.")
    if plain in _CREDENTIALS or redact.is_secret_name(name):
        raise Mistake("headers", f"{called} carries credentials; those have a field of their own, which is encrypted.")
    if not isinstance(value, str) or len(value) > SERVER_HEADER_CHARACTERS or not _VALUE.fullmatch(value):
        raise Mistake("headers", f"The value of {called} is one line of ASCII, at most {SERVER_HEADER_CHARACTERS:,}.")
    if redact.text(value) != value:
        raise Mistake("headers", f"The value of {called} looks like a credential; those have a field of their own.")
    return value


def _wishes(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping) or (unknown := sorted(str(name) for name in given if name not in WISHES)):
        told = f", not {', '.join(unknown)[:100]}" if isinstance(given, Mapping) else ""
        raise Mistake("wishes", f"For the sign-in {', '.join(WISHES)} can be set{told}.")
    kept = {name: _WISH[name](value) for name, value in given.items()}
    return {name: value for name, value in kept.items() if value != WISHES[name]}


def _scope(value: Any) -> str:
    words = value.split() if isinstance(value, str) else [""]
    if not all(re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}", word) for word in words) or len(words) > 100:
        raise Mistake("wishes", "The scope is words of ASCII with spaces between them (RFC 6749).")
    return " ".join(words)


def _extra(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or len(value) > SERVER_HEADERS:
        raise Mistake("wishes", "Further parameters are an object of names with their values.")
    for name, said in value.items():
        if name in RESERVED:
            raise Mistake("wishes", f"{name} is written by Halo, and has no place among the further parameters.")
        if not isinstance(said, str) or not said.isprintable() or len(said) + len(name) > SERVER_HEADER_CHARACTERS:
            raise Mistake("wishes", f"The parameter {str(name)[:100]} is one line of text.")
    return dict(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Mistake("wishes", "Leaving out the resource is true or false.")
    return value


_WISH: Mapping[str, Callable[[Any], Any]] = {"scope": _scope, "extra": _extra, "omits_resource": _flag}


def _text(value: Any, name: str, says: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Mistake(name, f"{says}.")
    return value
