"""The checks of a modern request, first failure wins (mcp-protocol: 2026-07-28, request metadata and headers).

They are the SDK's own: `classify_inbound_request` and `validate_mcp_param_headers` (`halo.ground.wire.inbound`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp_types import PROTOCOL_VERSION_META_KEY
from mcp_types.jsonrpc import INVALID_PARAMS
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from halo.catalogue import Catalogue
from halo.ground.wire import inbound
from halo.mcp.arrival import VERSION_HEADER, Arrival
from halo.mcp.protocol import SERVED, Message, Problem

ROUTING = (inbound.MCP_PROTOCOL_VERSION_HEADER, inbound.MCP_METHOD_HEADER, inbound.MCP_NAME_HEADER)


def check(message: Message, arrival: Arrival, tools: Catalogue) -> None:
    """Raise `Problem` for the first rung that the request does not stand on."""
    _check_version(message, arrival.header(VERSION_HEADER))
    headers = {name: sent for name in ROUTING if (sent := arrival.header(name)) is not None}
    _refuse(inbound.classify_inbound_request(message.body, headers=headers))
    if message.method == "tools/call" and message.params:
        _check_parameter_headers(message.params, arrival, tools)


def check_notification(header: str | None) -> None:
    """A modern notification needs only a version that is served."""
    _refuse(inbound.unsupported_protocol_version_rejection(header or MODERN_PROTOCOL_VERSIONS[-1]))


def _check_version(message: Message, header: str | None) -> None:
    """A header that names no version and a message that names none: what is missing is not `_meta`, whatever the
    ladder says. The code stays the ladder's."""
    meta = (message.params or {}).get("_meta")
    is_named = isinstance(meta, dict) and PROTOCOL_VERSION_META_KEY in meta
    if header is None or is_named or header in SERVED:
        return
    said = f"{VERSION_HEADER} {header[:32]!r} is not served here; supported: {', '.join(SERVED)}."
    raise Problem(INVALID_PARAMS, said, data={"supported": list(SERVED), "requested": header[:32]})


def _check_parameter_headers(params: Mapping[str, Any], arrival: Arrival, tools: Catalogue) -> None:
    name, arguments = params.get("name"), params.get("arguments") or {}
    wanted = tools.find(name) if isinstance(name, str) else None
    if wanted is not None and wanted.mirrors and isinstance(arguments, dict):
        schema = wanted.definition()["inputSchema"]
        _refuse(inbound.validate_mcp_param_headers(schema, arguments, arrival.headers()))


def _refuse(verdict: Any) -> None:
    if isinstance(verdict, inbound.InboundLadderRejection):
        status = inbound.ERROR_CODE_HTTP_STATUS.get(verdict.code, 400)
        raise Problem(verdict.code, verdict.message, status=status, data=verdict.data)
