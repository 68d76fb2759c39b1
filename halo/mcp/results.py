"""An answer as MCP says it: a `CallToolResult` (MCP, tools: content, structuredContent, isError)."""

from __future__ import annotations

from typing import Any

import orjson

from halo.tool import Answer


def written(answer: Answer) -> bytes:
    """The bytes of the result."""
    content = answer.content
    if content is None:
        content = ({"type": "text", "text": "\n".join((answer.text, *answer.notes))},)
    result: dict[str, Any] = {"content": content}
    data = answer.plain()
    if data is not None:
        result["structuredContent"] = data
    result["isError"] = answer.is_error
    return orjson.dumps(result, default=str)
