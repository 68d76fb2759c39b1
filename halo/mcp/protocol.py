"""Bytes <-> JSON-RPC messages, and which revision of the protocol a message speaks.

Legacy revisions open with `initialize` and name themselves in a header; the modern one (2026-07-28) names itself in
every message's `_meta` too. A message is modern when either says so; `initialize` without `_meta` is legacy whatever
the header claims, because confused clients send it so (S-58).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from mcp_types import DEFAULT_NEGOTIATED_VERSION, PROTOCOL_VERSION_META_KEY
from mcp_types.jsonrpc import INVALID_REQUEST, PARSE_ERROR

from halo.ground import limits
from halo.ground.errors import Mistake
from halo.ground.wire import bounded, revisions

BATCHING = DEFAULT_NEGOTIATED_VERSION
"""2025-03-26: what a request without a version header speaks, and the only revision with batches."""
NULL = b"null"
_LONGEST_ID = 500
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
HALF_A_PAIR = "Half a surrogate pair, such as \\ud83d alone, is no character: send both halves."


class Problem(Exception):
    """A request that gets a JSON-RPC error.

    `status` is the HTTP status on the modern revision. `legacy_status` is another one for legacy clients, some of
    which throw the body of anything but a 200 away.
    """

    def __init__(
        self,
        code: int,
        message: str,
        *,
        status: int = 400,
        legacy_status: int | None = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data
        self.status, self.legacy_status = status, legacy_status or status
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Message:
    """One well-formed JSON-RPC message."""

    method: str
    """Empty for a response that the client posted."""
    params: dict[str, Any] | None
    identity: bytes | None
    """The request's id as JSON; None for a notification or a response."""
    version: str
    is_modern: bool
    body: dict[str, Any]


def decode(body: bytes) -> Any:
    """The body's JSON value; raises `Problem` where it is not JSON, holds too many values, or nests too deeply."""
    try:
        bounded.check(body)
        value = orjson.loads(body)
    except Mistake as mistake:
        raise _refusal(body, mistake) from None
    except orjson.JSONDecodeError:
        half = f" {HALF_A_PAIR}" if _HALF.search(body) else ""
        raise Problem(PARSE_ERROR, f"The body is not valid JSON.{half}") from None
    return _with_exact_ids(value, body)


def _refusal(body: bytes, mistake: Mistake) -> Problem:
    """What to say of a body with too much structure; where it is short enough to look, whether it is JSON at all."""
    if len(body) <= limits.JSON_VALUES:
        try:
            orjson.loads(body)
        except orjson.JSONDecodeError:
            return Problem(PARSE_ERROR, "The body is not valid JSON.")
    return Problem(INVALID_REQUEST, mistake.message)


def read(value: Any, header: str | None) -> Message:
    """The value as one message; `header` is the request's MCP-Protocol-Version. Raises `Problem`."""
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        raise Problem(INVALID_REQUEST, "A message is an object with jsonrpc 2.0.")
    params = value.get("params")
    if params is not None and not isinstance(params, dict):
        raise Problem(INVALID_REQUEST, "The params of a message are an object.")
    method = value.get("method", "")
    if not isinstance(method, str) or not (method or "result" in value or "error" in value):
        raise Problem(INVALID_REQUEST, "A message names a method, or carries a result or an error.")
    identity = identity_of(value) if method and "id" in value else None
    if identity == NULL:
        raise Problem(INVALID_REQUEST, f"The id of a request is a string or an integer of at most {_LONGEST_ID} bytes.")
    version, is_modern = _revision(method, params, header)
    return Message(method, params, identity, version, is_modern, value)


def glimpse(value: Any, header: str | None) -> Message | None:
    """What can be told of a value that is refused whatever it is, for its audit row; None where it names no method."""
    method = value.get("method") if isinstance(value, dict) else None
    if not isinstance(method, str) or not method:
        return None
    params = value.get("params")
    params = params if isinstance(params, dict) else None
    identity = identity_of(value)
    version, is_modern = _revision(method, params, header)
    return Message(method, params, None if identity == NULL else identity, version, is_modern, value)


def identity_of(value: Any) -> bytes:
    """The id of a message as JSON, `null` where it has none that is legal."""
    identity = value.get("id") if isinstance(value, dict) else None
    if isinstance(identity, bool) or not isinstance(identity, (str, int)):
        return NULL
    written = orjson.dumps(identity) if isinstance(identity, str) else b"%d" % identity
    return written if len(written) <= _LONGEST_ID else NULL


def result(identity: bytes, body: bytes) -> bytes:
    """A response that carries the result's bytes as they are."""
    return b'{"jsonrpc":"2.0","id":' + identity + b',"result":' + body + b"}"


def error(identity: bytes, problem: Problem) -> bytes:
    """An error response."""
    says: dict[str, Any] = {"code": problem.code, "message": problem.message}
    if problem.data is not None:
        says["data"] = problem.data
    return b'{"jsonrpc":"2.0","id":' + identity + b',"error":' + orjson.dumps(says) + b"}"


def _revision(method: str, params: dict[str, Any] | None, header: str | None) -> tuple[str, bool]:
    """(version, whether it is modern). A header that names no legacy version leaves the verdict to the ladder."""
    meta = params.get("_meta") if params else None
    if isinstance(meta, dict) and PROTOCOL_VERSION_META_KEY in meta:
        return revisions.NEWEST_MODERN, True
    if method == "initialize":
        return revisions.NEWEST_LEGACY, False
    if header is None:
        return BATCHING, False
    return (header, False) if header in revisions.LEGACY else (header, True)


def _with_exact_ids(value: Any, body: bytes) -> Any:
    """orjson reads an integer beyond 64 bits as a float; an id must come back digit for digit, in a batch too."""
    messages = value if isinstance(value, list) else [value]
    rounded = [at for at, it in enumerate(messages) if isinstance(it, dict) and isinstance(it.get("id"), float)]
    exact: Any = json.loads(body) if rounded else None
    for at in rounded:
        messages[at]["id"] = (exact[at] if isinstance(value, list) else exact)["id"]
    return value
