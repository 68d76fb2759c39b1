"""Cross-origin headers for what clients in browsers call: discovery, registration, tokens, and `/api/mcp` itself.

None of these doors looks at a cookie, so any origin may read the answers; a client that cannot read the challenge of
a 401 never begins to sign in (S-02, S-03). Never on `/authorize` and the consent page, which are for people.
"""

from __future__ import annotations

from collections.abc import Iterable

ALLOWED = (
    "Authorization",
    "Content-Type",
    "Accept",
    "MCP-Protocol-Version",
    "Mcp-Session-Id",
    "Mcp-Method",
    "Mcp-Name",
    "Last-Event-ID",
    "Halo-Customer-Token",
    "traceparent",
    "tracestate",
    "baggage",
)
EXPOSED = (
    "WWW-Authenticate",
    "Mcp-Session-Id",
    "MCP-Protocol-Version",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "X-Request-Id",
)
HOUR = 3600


def headers(origin: str = "*") -> dict[str, str]:
    """For every answer, errors too; `origin` other than `*` where the door keeps a list of origins."""
    said = {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": ", ".join(EXPOSED)}
    return said if origin == "*" else said | {"Vary": "Origin"}


def preflight(methods: Iterable[str], origin: str = "*") -> dict[str, str]:
    """For the empty 204 that answers OPTIONS, which carries no credentials and needs none."""
    return headers(origin) | {
        "Access-Control-Allow-Methods": ", ".join((*methods, "OPTIONS")),
        "Access-Control-Allow-Headers": ", ".join(ALLOWED),
        "Access-Control-Max-Age": str(HOUR),
    }
