"""One message of a stream: put together, sent, and taken off the backlog when the receiver has it."""

from __future__ import annotations

import datetime

from halo import jobs
from halo.audit.leaving import pieces, sending
from halo.audit.leaving.sending import Told
from halo.audit.models import Stream
from halo.ground import settings
from halo.ground.database import db, new_id, now
from halo.ground.errors import UpstreamFailed
from halo.ground.log_limits import STREAM_EVERY_SECONDS
from halo.ledger import changes, settled

EVERY = datetime.timedelta(seconds=STREAM_EVERY_SECONDS)


def deliver(turn: jobs.Turn) -> bool:
    """Send the next message; whether there is another one. Raises `UpstreamFailed` where it was not taken."""
    found = _message(turn)
    if found is None:
        return False
    stream, batch = found
    if not batch:  # what it held was removed meanwhile
        _taken(turn, Told(True, "", 0), 0)
        return True
    message = sending.message(stream, stream.message_id, pieces.facts(stream, batch))
    db.session.rollback()  # nobody's connection is held while the receiver takes its time
    turn.renew()
    told = sending.send(message, settings.current())
    if told.is_taken:
        _taken(turn, told, len(batch))
        return True
    _not_taken(turn, told)
    if told.is_gone:
        return False
    raise UpstreamFailed("http", told.sentence)


def _message(turn: jobs.Turn) -> tuple[Stream, list[pieces.Row]] | None:
    """The message under way, else the next one; None where there is nothing to send, and when to look again."""
    with turn.change() as session:
        stream = session.get_one(Stream, turn.row_id)
        if stream.is_paused:
            stream.due_at = None
            return None
        if stream.not_before is not None and stream.not_before > now():
            stream.due_at = stream.not_before
            return None
        if stream.message_id:
            return stream, pieces.upto(stream, stream.message_upto)
        edge = settled.edge()
    batch = pieces.behind(stream, edge)
    with turn.change() as session:
        stream = session.get_one(Stream, turn.row_id)
        if not batch or stream.is_paused:
            stream.due_at = now() + EVERY
            return None
        stream.message_id, stream.message_upto = f"msg_{new_id()}", batch[-1].id
    return stream, batch


def _taken(turn: jobs.Turn, told: Told, count: int) -> None:
    with turn.change() as session:
        stream = session.get_one(Stream, turn.row_id)
        stream.position, stream.message_id, stream.message_upto = stream.message_upto, "", ""
        stream.delivered += count
        stream.rejected += told.rejected
        stream.delivered_at, stream.failing_since, stream.not_before, stream.trouble = now(), None, None, ""


def _not_taken(turn: jobs.Turn, told: Told) -> None:
    with turn.change() as session:
        stream = session.get_one(Stream, turn.row_id)
        stream.failing_since, stream.trouble = stream.failing_since or now(), told.sentence
        if told.wait_seconds:
            stream.not_before = now() + datetime.timedelta(seconds=told.wait_seconds)
        if told.is_gone:
            stream.is_paused, stream.due_at = True, None
            changes.record(
                "stream.ended",
                workspace_id=stream.workspace_id,
                principal=None,
                by="the receiver",
                subject=("stream", stream.id, stream.host),
                why=told.sentence,
            )
