"""The documentation tools answered by a remote MCP server (`HALO_DOCS_MCP_URL`).

The server must be open to all and offer `search_docs` (argument `query`) and `read_doc` (arguments `doc`, `cursor`). An
answer in another shape than ours is handed on as one text (`halo.tools.docs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halo.ground import outbound
from halo.ground.settings import Settings
from halo.servers import content
from halo.servers.client import Address
from halo.servers.upstreams import upstream
from halo.tool import Answer

SECONDS = 15


def told(name: str, arguments: Mapping[str, Any], settings: Settings) -> Answer:
    """The answer of a tool within `SECONDS`, however many requests it takes; raises `UpstreamFailed` for none."""
    address = Address(settings.docs_mcp_url, outbound.operators(settings))
    with upstream(address).conversation(None, seconds=SECONDS) as talk:
        return content.answer(talk.call(name, arguments), None)
