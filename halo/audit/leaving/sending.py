"""One request to a receiver, through the guard, and what came of it in our words.

Nothing that a receiver writes is shown or kept: its status is told, its body at most counted.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from halo.audit.leaving import otlp, webhook
from halo.audit.models import Stream
from halo.ground import outbound, vault
from halo.ground.database import db, now
from halo.ground.errors import UpstreamFailed
from halo.ground.log_limits import STREAM_ANSWER_BYTES, STREAM_LONGEST_WAIT_SECONDS, STREAM_SECONDS
from halo.ground.settings import Settings
from halo.ground.wire.pauses import seconds_asked
from halo.workspaces.models import Workspace

SAID = {
    400: "it does not take a message of this shape",
    401: "it does not accept the credentials or the signature",
    403: "it does not accept the credentials or the signature",
    404: "there is nothing at this address",
    405: "the address does not take POST",
    410: "it says that it is gone for good",
    413: "the message is larger than it takes",
    415: "it does not take JSON",
    429: "it is sent more than it takes",
}
"""What a status means for whoever set the stream up."""


@dataclass(frozen=True)
class Told:
    """What a receiver answered."""

    is_taken: bool
    sentence: str
    milliseconds: int
    wait_seconds: int = 0
    """As long it asks not to be sent anything."""
    is_gone: bool = False
    """It wants nothing any more (410)."""
    rejected: int = 0
    """Rows that it took and did not keep."""


@dataclass(frozen=True)
class SentMessage:
    """What one request carries: read from the database before it is sent, so that no connection is held meanwhile."""

    address: str
    body: bytes
    headers: Mapping[str, str]
    kind: str


def message(stream: Stream, message_id: str, rows: list[dict[str, Any]], *, is_test: bool = False) -> SentMessage:
    """The message with these rows, signed now."""
    workspace = _workspace(stream.workspace_id)
    own = _own_header(stream)
    address = vault.open(stream.address)
    if stream.kind == "otlp":
        return SentMessage(address, otlp.body(workspace, rows), {"Content-Type": "application/json", **own}, "otlp")
    at = rows[-1]["at"] if rows else now().isoformat()
    content = webhook.body(webhook.TEST if is_test else webhook.BATCH, at, workspace, rows)
    signed = webhook.headers(message_id, int(now().timestamp()), content, keys(stream))
    return SentMessage(address, content, {**own, **signed}, "webhook")


def send(given: SentMessage, settings: Settings) -> Told:
    """Send it once."""
    began = time.monotonic()
    try:
        with outbound.errand(outbound.strangers(settings), seconds=STREAM_SECONDS) as client:
            request = client.stream("POST", given.address, content=given.body, headers=dict(given.headers))
            with request as response:
                status, says = response.status_code, dict(response.headers)
                content = _content(response) if given.kind == "otlp" else b""
    except UpstreamFailed as problem:
        return Told(False, problem.message, _since(began))
    return _told(given.kind, status, says, content, _since(began))


def _content(response: httpx.Response) -> bytes:
    """The answer's body; nothing where it cannot be read, since its status alone says that the rows were taken."""
    try:
        return outbound.capped(response, STREAM_ANSWER_BYTES)
    except (UpstreamFailed, httpx.HTTPError):
        return b""


def _told(kind: str, status: int, says: Mapping[str, str], content: bytes, milliseconds: int) -> Told:
    if 200 <= status < 300:
        lost = otlp.rejected(content) if kind == "otlp" else 0
        more = f" It did not keep {lost:,} of the records." if lost else ""
        return Told(True, f"It answered {status} after {milliseconds:,} ms.{more}", milliseconds, rejected=lost)
    if 300 <= status < 400:
        why = "redirects are not followed: enter the address that it leads to"
    else:
        why = SAID.get(status, "its own trouble, as it seems" if status >= 500 else "it did not take the message")
    asked = says.get("retry-after", "") if status in (429, 503) else ""
    wait = seconds_asked(asked, STREAM_LONGEST_WAIT_SECONDS)
    return Told(False, f"It answered {status}: {why}.", milliseconds, wait, is_gone=status == 410)


def keys(stream: Stream) -> list[str]:
    """The secrets that sign now."""
    held = [vault.open(stream.secret)]
    if stream.old_secret and stream.old_until is not None and stream.old_until > now():
        held.append(vault.open(stream.old_secret))
    return held


def _own_header(stream: Stream) -> dict[str, str]:
    if not stream.header:
        return {}
    name, _, value = vault.open(stream.header).partition(": ")
    return {name: value}


def _workspace(workspace_id: str) -> dict[str, str]:
    row = db.session.get_one(Workspace, workspace_id)
    return {"id": row.id, "slug": row.slug}


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
