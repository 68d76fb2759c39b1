"""Which revisions of the protocol a server speaks, and the headers and `_meta` that go with each.

*Modern* is 2026-07-28: every request says everything. *Legacy* are the revisions before, which begin with a handshake
and may keep a session. Verdicts are kept by server and asked again where they fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp_types import CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY

from halo.ground.wire import inbound
from halo.ground.wire.revisions import LEGACY, MODERN, NEWEST_LEGACY

CLIENT = {"name": "halo", "title": "Halo", "version": "1"}
UNSUPPORTED_VERSION = -32022
HEADER_MISMATCH = -32020


@dataclass(frozen=True, slots=True)
class Session:
    """What a handshake agreed on; `id` is empty for a server that keeps none."""

    version: str
    id: str = ""
    name: str = ""
    instructions: str = ""
    """What the server said of itself."""

    @property
    def headers(self) -> dict[str, str]:
        """What every request after the handshake carries."""
        named = {"Mcp-Session-Id": self.id} if self.id else {}
        return {"MCP-Protocol-Version": self.version} | named


def is_modern(version: str) -> bool:
    return version in MODERN


def newest_shared(supported: object) -> str | None:
    """The newest modern revision of a server's list that is ours too."""
    listed = set(supported) if isinstance(supported, list) and all(isinstance(one, str) for one in supported) else set()
    return next((version for version in reversed(MODERN) if version in listed), None)


def is_legacy_only(supported: object) -> bool:
    """Whether a list of revisions names one that begins with a handshake."""
    return isinstance(supported, list) and any(isinstance(it, str) and it in LEGACY for it in supported)


def modern(
    method: str, params: Mapping[str, Any], version: str, mirrored: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Params and headers of a modern request; `mirrored` are the `Mcp-Param-*` headers of a call."""
    meta = dict(params.get("_meta", {})) | {
        PROTOCOL_VERSION_META_KEY: version,
        CLIENT_CAPABILITIES_META_KEY: {},
        CLIENT_INFO_META_KEY: CLIENT,
    }
    headers = {"MCP-Protocol-Version": version, "Mcp-Method": method, **mirrored}
    if (key := inbound.NAME_BEARING_METHODS.get(method)) is not None:
        headers["Mcp-Name"] = inbound.encode_header_value(str(params[key]))
    return dict(params) | {"_meta": meta}, headers


def mirrored(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, str]:
    """The `Mcp-Param-*` headers of a call, after the tool's accepted schema."""
    headers: dict[str, str] = inbound.mcp_param_headers(inbound.x_mcp_header_map(schema), arguments)
    return headers


def unmirrorable(schema: object) -> str | None:
    """Why the `x-mcp-header` marks of a schema cannot be followed, so that the tool may not be used; None where they
    can."""
    reason: str | None = inbound.find_invalid_x_mcp_header(schema)
    return reason


def hello() -> dict[str, Any]:
    """The params of `initialize`."""
    return {"protocolVersion": NEWEST_LEGACY, "capabilities": {}, "clientInfo": CLIENT}
