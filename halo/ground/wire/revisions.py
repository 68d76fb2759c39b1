"""The revisions of the Model Context Protocol that are told apart, wherever Halo speaks it or shows what was spoken."""

from __future__ import annotations

from typing import Final

from mcp_types.version import (
    HANDSHAKE_PROTOCOL_VERSIONS,
    LATEST_HANDSHAKE_VERSION,
    LATEST_MODERN_VERSION,
    MODERN_PROTOCOL_VERSIONS,
)

MODERN: Final = MODERN_PROTOCOL_VERSIONS
"""Those that name themselves in each message; nothing is opened first."""
FIRST_MODERN: Final = MODERN[0]
NEWEST_MODERN: Final = LATEST_MODERN_VERSION
LEGACY: Final = frozenset(HANDSHAKE_PROTOCOL_VERSIONS)
"""Those that open with `initialize`."""
NEWEST_LEGACY: Final = LATEST_HANDSHAKE_VERSION
NEVER_SERVED: Final = "2024-11-05"
"""It is negotiated for old SDKs, but its transport is not ours."""
SERVED: Final = (*(version for version in HANDSHAKE_PROTOCOL_VERSIONS if version != NEVER_SERVED), *MODERN)
"""What the descriptor lists."""
