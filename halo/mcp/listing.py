"""What `tools/list` answers: exactly the tools that a call would be admitted to, in the order of their names.

The gate is asked on every request; the JSON of the same set of tools is made once a process and kept as bytes. Pages
are cut at `limits.PAGE_OF_TOOLS`; a cursor names the last tool of the page before, so that a tool that appears or
goes in between neither repeats nor hides another.
"""

from __future__ import annotations

import base64
import binascii

import orjson
from mcp_types.jsonrpc import INVALID_PARAMS

from halo import gate, tool
from halo.ground import limits
from halo.ground.principal import Client
from halo.ground.recent import Recent
from halo.mcp.protocol import Problem
from halo.mcp.server_info import MODERN_MARKS
from halo.tool import Tool

KEPT = 200
"""Different catalogues whose bytes a process keeps; one is some 25 kB."""
TTL_MS = 60_000
"""How long a modern client may use its list without asking. A call is gated whatever the list said."""
_PREFIX = b"after:"
_pages: Recent[tuple[tuple[str, ...], bool, bool], bytes] = Recent(KEPT)
"""By the digests of the definitions: two workspaces may have different tools of one name."""


def page(client: Client, *, is_modern: bool, cursor: str | None) -> bytes:
    """One page of the client's tools as the bytes of a `ListToolsResult`; raises `Problem` for a foreign cursor."""
    listed = gate.listed(client)
    more = False
    if cursor or len(listed) > limits.PAGE_OF_TOOLS:
        after = _read_cursor(cursor) if cursor else ""
        listed = tuple(one for one in listed if one.name > after)
        more = len(listed) > limits.PAGE_OF_TOOLS
        listed = listed[: limits.PAGE_OF_TOOLS]
    # The third part of the key: a last page ends without a cursor, the same tools in the middle with one.
    key = (tuple(one.digest for one in listed), client.customer is not None, more)
    tools = _pages.get(key)
    if tools is None:
        tools = _written(listed, is_bound=key[1], more=more)
        _pages.put(key, tools)
    return b"{" + _MODERN + tools if is_modern else b"{" + tools


_MODERN = MODERN_MARKS + b'"ttlMs":%d,"cacheScope":"private",' % TTL_MS


def _written(listed: tuple[Tool, ...], *, is_bound: bool, more: bool) -> bytes:
    """The members of the result, without its opening brace."""
    members: dict[str, object] = {"tools": [one.definition(bound=is_bound) for one in listed]}
    if more:
        members["nextCursor"] = _cursor(listed[-1].name)
    return orjson.dumps(members)[1:]


def _cursor(name: str) -> str:
    return base64.urlsafe_b64encode(_PREFIX + name.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> str:
    """The name in a cursor. Only what was given counts: Base64 reads many a text as the same bytes."""
    try:
        name = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).removeprefix(_PREFIX).decode()
    except (binascii.Error, ValueError):
        raise _foreign() from None
    if not tool.NAME.fullmatch(name) or cursor != _cursor(name):
        raise _foreign()
    return name


def _foreign() -> Problem:
    return Problem(INVALID_PARAMS, "The cursor is not one of this list; ask without one.", legacy_status=200)
