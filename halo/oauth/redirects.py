"""The redirect rules, all of them, and nothing else: registration and authorization ask the same two functions.

What `problem` lets a client register, `matches` accepts at authorize exactly so, and nothing else, but for three
families that real clients need (S-16, S-27 to S-29):

- loopback: `127.0.0.1`, `[::1]` and `localhost` are one host, on any port; without a path, the slash does not matter;
- ChatGPT: the last segment of `https://chatgpt.com/connector/oauth/<id>` is any;
- nothing else: no wildcard, no fragment, no user name, no segment of dots, no parameter that the answer brings, plain
  http only on loopback, custom schemes only from `SCHEMES`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, urlsplit

from halo.ground.wire import addresses

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
LONGEST = 2000
ANSWER = frozenset({"code", "state", "iss", "error", "error_description", "error_uri"})
"""Parameters of the answer (RFC 6749 section 4.1.2, RFC 9207); none may stand in it twice (section 3.1)."""
_EXTENSION = r"[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*(?:/[A-Za-z0-9._~-]+)+"

SCHEMES: dict[str, tuple[str, re.Pattern[str]]] = {
    "cursor": (
        "Cursor",
        re.compile(r"anysphere\.cursor-mcp/oauth/callback|anysphere\.cursor-retrieval/oauth/[\w.-]+/callback"),
    ),
    "vscode": ("VS Code", re.compile(_EXTENSION)),
    "vscode-insiders": ("VS Code Insiders", re.compile(_EXTENSION)),
    "vscodium": ("VSCodium", re.compile(_EXTENSION)),
    "windsurf": ("Windsurf", re.compile(_EXTENSION)),
    "windsurf-next": ("Windsurf Next", re.compile(_EXTENSION)),
    "warp": ("Warp", re.compile(r"mcp/oauth2callback")),
}
"""Custom scheme -> (the application that it opens, what may stand after `scheme://`)."""

CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_IPV6 = re.compile(r"\[[0-9A-Fa-f:.]+\](?::\d+)?")
_CHATGPT = re.compile(r"https://chatgpt\.com/connector/oauth/(?:[A-Za-z0-9._~-]+|\*)")


def problem(uri: object) -> str | None:
    """Why this cannot be registered as a redirect URI, as a sentence; None where it can."""
    if not isinstance(uri, str) or not uri:
        return "A redirect URI is a string."
    if len(uri) > LONGEST:
        return f"A redirect URI has at most {LONGEST} characters."
    if not CHARACTERS.fullmatch(uri):
        return "A redirect URI consists of the characters of RFC 3986."
    if "#" in uri:
        return "A redirect URI has no fragment."
    scheme = uri.partition(":")[0].lower()
    if _SCHEME.fullmatch(scheme) and uri != scheme and scheme not in ("http", "https", *SCHEMES):
        known = ", ".join(f"{one}://" for one in SCHEMES)
        return f"The scheme {scheme[:32]}: is not known here; known besides https: {known}."
    parts = _split(uri)
    if parts is None:
        return "A redirect URI is an absolute URL."
    if addresses.has_dots(parts.path):
        return "The path of a redirect URI has no segment . or .., because a browser goes somewhere else then."
    if doubled := ANSWER & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        return f"A redirect URI has no parameter {min(doubled)} of its own, because the answer brings it."
    if parts.scheme in SCHEMES:
        return _problem_of_scheme(uri, parts)
    return _problem_of_host(uri, parts)


def matches(registered: Iterable[str], asked: str) -> bool:
    """Whether a client with these registered redirect URIs may be answered at this one."""
    return problem(asked) is None and any(same(one, asked) for one in registered)


def same(one: str, other: str) -> bool:
    """Whether two redirect URIs are one, by the families above."""
    if one == other:
        return True
    if _CHATGPT.fullmatch(one) and _CHATGPT.fullmatch(other):
        return True
    first, second = _split(one), _split(other)
    if first is None or second is None or not (_is_loopback(first) and _is_loopback(second)):
        return False
    return _without_host(first) == _without_host(second)


@dataclass(frozen=True)
class Destination:
    """Where an answer goes, for the consent page."""

    kind: Literal["web", "loopback", "application"]
    words: str
    """The host, or the application that opens."""
    csp: str
    """The source for `form-action` that lets a form end there."""


def destination(uri: str) -> Destination:
    """What a person should know of a redirect URI that was accepted."""
    parts = _split(uri)
    if parts is None:
        return Destination("web", uri, "'none'")
    if parts.scheme in SCHEMES:
        return Destination("application", SCHEMES[parts.scheme][0], f"{parts.scheme}:")
    # CSP has no way to name an IPv6 host.
    csp = f"{parts.scheme}:" if "[" in parts.netloc else f"{parts.scheme}://{parts.netloc}"
    return Destination("loopback" if _is_loopback(parts) else "web", parts.netloc, csp)


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme and parts.netloc else None


def _problem_of_scheme(uri: str, parts: SplitResult) -> str | None:
    name, form = SCHEMES[parts.scheme]
    rest = uri.partition("://")[2]
    if not uri.startswith(f"{parts.scheme}://") or not form.fullmatch(rest):
        return f"This is not a callback address of {name}."
    return None


def _problem_of_host(uri: str, parts: SplitResult) -> str | None:
    if "@" in parts.netloc:
        return "A redirect URI has no user name."
    if "*" in uri and not _CHATGPT.fullmatch(uri):
        return "A redirect URI has no wildcard."
    host = parts.hostname or ""
    sound = _IPV6.fullmatch(parts.netloc) if "[" in parts.netloc else _HOST.fullmatch(host)
    if parts.netloc.endswith(":") or not sound:
        return "The host of a redirect URI is a name or an address, with an optional port."
    if parts.scheme == "http" and not _is_loopback(parts):
        return "Plain http is accepted only for localhost, 127.0.0.1 and [::1]."
    return None


def _is_loopback(parts: SplitResult) -> bool:
    return parts.scheme in ("http", "https") and (parts.hostname or "") in LOOPBACK and "@" not in parts.netloc


def _without_host(parts: SplitResult) -> tuple[str, str, str]:
    return parts.scheme, parts.path or "/", parts.query
