"""What a plain GET of the address tells: what stands here and how to sign in. Public, the same for everybody."""

from __future__ import annotations

import orjson

from halo.ground.wire import accept, revisions
from halo.mcp import methods, server_info
from halo.mcp.arrival import Arrival
from halo.oauth import resources
from halo.oauth.challenge import AS_METADATA_PATH


def document(arrival: Arrival) -> bytes:
    """The descriptor of the address that the request came to."""
    settings, path = arrival.settings, arrival.path
    return orjson.dumps(
        {
            "name": server_info.NAME,
            "version": server_info.VERSION,
            "protocolVersion": revisions.SERVED[-1],
            "supportedVersions": revisions.SERVED,
            "transport": "http+jsonrpc",
            "methods": list({**methods.LEGACY, **methods.MODERN}),
            "authentication": {
                "type": "oauth2",
                "authorization_server": settings.base_url + AS_METADATA_PATH,
                "protected_resource_metadata": resources.metadata_url(settings, path),
            },
            "mcp_url": resources.of_path(settings, path),
        }
    )


def is_wanted(arrival: Arrival) -> bool:
    """Whether a GET asks for this document rather than for a stream of events, which this server has not.

    MCP clients name `text/event-stream` beside JSON, and take a 200 for a server without sign-in (mcp-remote probes
    so before anything else); people, scripts and browsers do not name it.
    """
    sent = arrival.header("Accept")
    is_client = accept.names(sent, accept.EVENTS)
    return not is_client and any(accept.weight(sent, kind) for kind in (accept.JSON, accept.PAGE))
