"""The API of connected servers: `/api/integrations/mcp/servers`, by personal access token.

Connecting, changing the way to a server and asking for its list answer when the server has answered, with its tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask import request

from halo import web
from halo.external import told
from halo.external.endpoints import blueprint
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.ground.server_limits import SERVER_CHANGES_PER_PERSON
from halo.servers import connecting, listing, loading, reviewing
from halo.servers.wanted import FIELDS, Wanted
from halo.web import API, door, throttle

VIEW, MANAGE = Permission.INTEGRATIONS_VIEW, Permission.INTEGRATIONS_MANAGE
_ALL = "/api/integrations/mcp/servers"
_ONE = f"{_ALL}/<server>"
_NEEDED = ("name", "slug", "url", "auth_method")


@blueprint.get(_ALL)
@door(API(VIEW))
def list_servers() -> Any:
    """The workspace's servers, and how each stands."""
    return {"servers": told.servers(connecting.every(principal=web.principal()))}


@blueprint.post(_ALL)
@door(API(MANAGE))
def connect_server() -> Any:
    """Connect a server; the answer holds the tools that it was found to have."""
    loading.demand(MANAGE, principal=web.principal())
    given = _body(FIELDS)
    for name in _NEEDED:
        if name not in given:
            raise Mistake(name, f"{name} is missing. A server takes {', '.join(_NEEDED)}.")
    _count()
    server = connecting.connect(Wanted(**given), principal=web.principal())
    answer = told.with_tools(server, principal=web.principal())
    return answer, 201, {"Location": f"{_ALL}/{server.slug}"}


@blueprint.get(_ONE)
@door(API(VIEW))
def show_server(server: str) -> Any:
    """One server, and how it stands."""
    return told.server(connecting.get(server, principal=web.principal()))


@blueprint.patch(_ONE)
@door(API(MANAGE))
def change_server(server: str) -> Any:
    """Set some fields and leave the others."""
    given = _body(FIELDS)
    _count()
    return told.server(connecting.change(server, given, principal=web.principal()))


@blueprint.delete(_ONE)
@door(API(MANAGE))
def disconnect_server(server: str) -> Any:
    """Let go of a server; says what became of the sign-in."""
    farewell = connecting.disconnect(server, principal=web.principal())
    return {"disconnected": server, "tools": farewell.tools, "revoked": farewell.revoked, "message": farewell.sentence}


@blueprint.post(f"{_ONE}/refresh")
@door(API(MANAGE))
def refresh_server(server: str) -> Any:
    """Ask a server for its tools again; what is new or changed is held."""
    _count()
    found = listing.refresh(server, principal=web.principal())
    return told.with_tools(connecting.get(server, principal=web.principal()), principal=web.principal()) | {
        "found": found.found
    }


@blueprint.get(f"{_ONE}/tools")
@door(API(VIEW))
def list_tools(server: str) -> Any:
    """The tools of a server: accepted, held for review, removed, and those that cannot be used."""
    return {"tools": told.tools(connecting.get(server, principal=web.principal()), principal=web.principal())}


@blueprint.post(f"{_ONE}/tools/<path:server_tool>/acceptance")
@door(API(MANAGE))
def accept_tool(server: str, server_tool: str) -> Any:
    """Take what the server lists of this tool; with `digest` only where that is what was looked at."""
    given = _body(frozenset({"digest"}), is_needed=False)
    seen = {server_tool: _digest(given["digest"])} if "digest" in given else None
    (row,) = reviewing.accept(server, [server_tool], principal=web.principal(), seen=seen)
    return told.accepted(row)


def _body(fields: frozenset[str], *, is_needed: bool = True) -> Mapping[str, Any]:
    """The JSON object that was sent; raises `Mistake` for anything else, and for a field that is not known."""
    text = request.get_data()
    if not text and not is_needed:
        return {}
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise Mistake("body", f"Send a JSON object with {', '.join(sorted(fields))}.")
    if unknown := sorted(given.keys() - fields):
        raise Mistake(unknown[0][:100], f"There is no such field. Known are {', '.join(sorted(fields))}.")
    return given


def _digest(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 64:
        raise Mistake("digest", "The digest is the listed_digest of the tool, 64 hexadecimal digits.")
    return value


def _count() -> None:
    throttle.count(SERVER_CHANGES_PER_PERSON, "server-changes", web.principal().person_id)
