"""What people do with streams: set them up, look at them, pause, resume and end them.

Who sets one up takes the whole log out of the house, so it takes both `settings:manage` and `audit:view`; sending
arguments unmasked takes `audit:payloads` and a reason, as an export does.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import func, select

from halo import jobs
from halo.audit import payloads
from halo.audit.leaving import otlp, pieces, sending, webhook
from halo.audit.leaving.sending import Told
from halo.audit.models import Stream
from halo.ground import vault
from halo.ground.database import db, new_id, now, one_change
from halo.ground.errors import Mistake, NotFound
from halo.ground.log_limits import STREAM_OLD_SECRET_SECONDS, STREAMS_PER_WORKSPACE
from halo.ground.permissions import Permission, demand
from halo.ground.principal import Member
from halo.ground.settings import Settings
from halo.ledger import changes

JOB = "audit.deliver"
KINDS = {"webhook": "Webhook, signed as Standard Webhooks has it", "otlp": "OpenTelemetry collector (OTLP over HTTP)"}
LONGEST_ADDRESS, LONGEST_HEADER = 2000, 4000
_NEVER = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "content-encoding"})
_HEADER = re.compile(r"(?a)([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100})\s*:\s*([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)")


@dataclass(frozen=True)
class WantedStream:
    """A stream as a form describes it."""

    kind: str
    address: str
    takes_calls: bool
    takes_changes: bool
    payloads: str
    header: str = ""
    """`Name: value`; empty keeps the one that is there."""
    why: str = ""
    """Said where arguments leave unmasked."""


def set_up_in(*, principal: Member) -> list[Stream]:
    """The streams of the workspace, the oldest first."""
    _demand(principal)
    mine = select(Stream).where(Stream.workspace_id == principal.workspace_id)
    return list(db.session.scalars(mine.order_by(Stream.id)))


def get(stream_id: str, *, principal: Member) -> Stream:
    """One of the workspace's; raises NotFound."""
    found = next((stream for stream in set_up_in(principal=principal) if stream.id == stream_id), None)
    if found is None:
        raise NotFound("stream")
    return found


def add(wanted: WantedStream, *, from_the_beginning: bool, settings: Settings, principal: Member) -> tuple[Stream, str]:
    """Begin to send the log on, from now or from its first row; gives the secret too, which is shown this once."""
    _demand(principal)
    address, why = _address(wanted, settings), _checked(wanted, None, principal)
    secret = webhook.new_secret() if wanted.kind == "webhook" else ""
    with one_change() as session:
        mine = select(func.count()).select_from(Stream).where(Stream.workspace_id == principal.workspace_id)
        if (session.scalar(mine) or 0) >= STREAMS_PER_WORKSPACE:
            raise Mistake("address", f"The log is sent to {STREAMS_PER_WORKSPACE} places already. End one first.")
        stream = Stream(
            workspace_id=str(principal.workspace_id),
            kind=wanted.kind,
            position="" if from_the_beginning else new_id(),
            secret=vault.seal(secret) if secret else "",
            due_at=now(),
        )
        _write(stream, wanted, address)
        session.add(stream)
        session.flush()
        after = _facts(stream) | {"from": "the beginning" if from_the_beginning else "now on"}
        _recorded("stream.added", stream, principal, after=after, why=why)
        jobs.nudge(JOB, stream.id)
    return stream, secret


def change(stream_id: str, wanted: WantedStream, *, settings: Settings, principal: Member) -> Stream:
    """Change where it goes and what it takes; what it is and how far it has come stay."""
    with one_change():
        stream = get(stream_id, principal=principal)
        address, why = _address(wanted, settings), _checked(wanted, stream, principal)
        before, was = _facts(stream), vault.open(stream.address)
        _write(stream, wanted, address)
        after = _facts(stream)
        if before != after or was != address or wanted.header:
            moved = {"address": "another"} if was != address else {}
            header = {"header": "another"} if wanted.header else {}
            _recorded("stream.changed", stream, principal, before, after | moved | header, why)
        stream.due_at, stream.not_before = now(), None
        jobs.nudge(JOB, stream.id)
    return stream


def pause(stream_id: str, *, principal: Member) -> Stream:
    """Send nothing until `resume`; what is recorded meanwhile waits."""
    return _set_paused(stream_id, True, principal)


def resume(stream_id: str, *, principal: Member) -> Stream:
    """Go on where it stopped."""
    return _set_paused(stream_id, False, principal)


def _set_paused(stream_id: str, is_paused: bool, principal: Member) -> Stream:
    with one_change():
        stream = get(stream_id, principal=principal)
        if stream.is_paused != is_paused:
            stream.is_paused = is_paused
            stream.due_at, stream.not_before = None if is_paused else now(), None
            _recorded("stream.paused" if is_paused else "stream.resumed", stream, principal)
            jobs.nudge(JOB, stream.id)
    return stream


def rotate(stream_id: str, *, principal: Member) -> tuple[Stream, str]:
    """A new secret, shown this once; messages are signed with the old one too for a while."""
    secret = webhook.new_secret()
    with one_change():
        stream = get(stream_id, principal=principal)
        if stream.kind != "webhook":
            raise Mistake("kind", "Only webhooks are signed.")
        stream.old_secret, stream.old_until = (
            stream.secret,
            now() + datetime.timedelta(seconds=STREAM_OLD_SECRET_SECONDS),
        )
        stream.secret = vault.seal(secret)
        _recorded("stream.secret_rotated", stream, principal)
    return stream, secret


def remove(stream_id: str, *, principal: Member) -> Stream:
    """End it, and forget how far it had come."""
    with one_change() as session:
        stream = get(stream_id, principal=principal)
        _recorded("stream.removed", stream, principal, before=_facts(stream))
        session.delete(stream)
    return stream


def send_test(stream_id: str, *, settings: Settings, principal: Member) -> Told:
    """Send one message without any row of the log, and say what was answered."""
    stream = get(stream_id, principal=principal)
    message = sending.message(stream, f"msg_{new_id()}", _nothing(), is_test=True)
    db.session.rollback()  # nobody's connection is held while the receiver takes its time
    return sending.send(message, settings)


def backlog(stream: Stream) -> pieces.Backlog:
    """What has not left yet."""
    return pieces.backlog(stream)


def _nothing() -> list[dict[str, Any]]:
    at = now().isoformat()
    return [{"kind": "test", "id": new_id(), "at": at, "outcome": "ok", "method": "test", "client": "Halo"}]


def _demand(principal: Member) -> None:
    for permission in (Permission.SETTINGS_MANAGE, Permission.AUDIT_VIEW):
        demand(permission, principal=principal)


def _checked(wanted: WantedStream, before: Stream | None, principal: Member) -> str:
    """The reason that goes with it; raises `Mistake` for what does not fit together."""
    if wanted.kind not in KINDS:
        raise Mistake("kind", "Choose a webhook or an OpenTelemetry collector.")
    if not (wanted.takes_calls or wanted.takes_changes):
        raise Mistake("takes", "Choose at least one: calls or changes.")
    if wanted.payloads not in pieces.PAYLOADS:
        raise Mistake("payloads", "Choose what of the arguments leaves.")
    if wanted.header and not _is_header(wanted.header):
        raise Mistake("header", "Write a header as Name: value, such as Authorization: Bearer and the token.")
    if wanted.payloads != "readable" or (before is not None and before.payloads == "readable"):
        return ""
    demand(Permission.AUDIT_PAYLOADS, principal=principal)
    return payloads.reason(wanted.why)


def _is_header(text: str) -> bool:
    found = _HEADER.fullmatch(text.strip()) if len(text) <= LONGEST_HEADER else None
    return found is not None and not (found[1].lower() in _NEVER or found[1].lower().startswith("webhook-"))


def _address(wanted: WantedStream, settings: Settings) -> str:
    """The address as requests go to it; raises `Mistake`. Where it leads is looked at when something is sent."""
    address = wanted.address.strip()
    schemes = ("https", "http") if settings.allow_private_addresses else ("https",)
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises for one that is none
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in schemes or not parts.hostname or len(address) > LONGEST_ADDRESS:
        raise Mistake("address", "Enter a whole address that begins with https://.")
    if parts.username is not None or parts.password is not None:
        raise Mistake("address", "Leave name and password out of the address; a header carries credentials.")
    if parts.fragment or not address.isascii() or any(sign.isspace() for sign in address):
        raise Mistake("address", "Enter the address without a # part and without signs outside of ASCII.")
    path = otlp.PATH if wanted.kind == "otlp" and parts.path in ("", "/") else parts.path
    return urlunsplit(parts._replace(path=path))


def _write(stream: Stream, wanted: WantedStream, address: str) -> None:
    stream.address, stream.host = vault.seal(address), str(urlsplit(address).hostname)[:260]
    stream.takes_calls, stream.takes_changes = wanted.takes_calls, wanted.takes_changes
    stream.payloads = wanted.payloads
    if wanted.header:
        name, _, value = wanted.header.strip().partition(":")
        stream.header = vault.seal(f"{name.strip()}: {value.strip()}")


def _facts(stream: Stream) -> dict[str, Any]:
    takes = [word for word, is_sent in (("calls", stream.takes_calls), ("changes", stream.takes_changes)) if is_sent]
    return {"kind": stream.kind, "host": stream.host, "takes": takes, "arguments": stream.payloads}


def _recorded(
    event: str,
    stream: Stream,
    principal: Member,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    why: str = "",
) -> None:
    changes.record(
        event,
        workspace_id=stream.workspace_id,
        principal=principal,
        subject=("stream", stream.id, stream.host),
        before=before,
        after=after,
        why=why,
    )
