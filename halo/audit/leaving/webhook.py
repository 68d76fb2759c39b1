"""A message to a webhook, signed as Standard Webhooks has it (github.com/standard-webhooks/standard-webhooks, 1.0).

Signed is `id.timestamp.body` with HMAC-SHA256. While a secret is being replaced there is a signature by each, so that
the receiver takes the new one whenever it likes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Any

import orjson

PREFIX = "whsec_"
BATCH, TEST = "audit.batch", "audit.test"
"""Types of messages."""


def new_secret() -> str:
    """32 random bytes, written as the standard has it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def body(kind: str, at: str, workspace: dict[str, str], rows: Sequence[dict[str, Any]]) -> bytes:
    """The message: its type, the time of its newest row, and the rows."""
    return orjson.dumps({"type": kind, "timestamp": at, "data": {"workspace": workspace, "rows": rows}}, default=str)


def headers(message_id: str, timestamp: int, content: bytes, keys: Sequence[str]) -> dict[str, str]:
    """What stands beside the body; the first key is the one that stays."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), content))
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(key, signed)}" for key in keys),
    }


def _signature(key: str, signed: bytes) -> str:
    raw = base64.b64decode(key.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()
