"""Sending the log on: the streams of the workspace, setting one up, one in full, and what is done with it."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from halo import web
from halo.audit.endpoints import blueprint
from halo.audit.leaving import pieces, streams
from halo.audit.leaving.sending import Told
from halo.audit.leaving.streams import WantedStream
from halo.audit.models import Stream
from halo.ground import log_limits, vault
from halo.ground.database import now
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.web import door, may, throttle
from halo.web.cookies import show_once, shown_once

FROM = {"now": "What is recorded from now on", "start": "Everything that is kept, from its first row"}


@blueprint.get("/dashboard/audit/streams")
@door(may(Permission.SETTINGS_MANAGE))
def log_streams() -> Any:
    """Where the log goes, how far it has come, and the form for another place."""
    return _list(WantedStream("webhook", "", True, True, "masked"))


@blueprint.post("/dashboard/audit/streams")
@door(may(Permission.SETTINGS_MANAGE))
def add_stream() -> Any:
    """Begin to send the log somewhere; a webhook's secret is shown once on its page."""
    wanted, begins = _wanted(request.form.get("kind", "")), request.form.get("begin", "now")
    try:
        stream, secret = streams.add(
            wanted, from_the_beginning=begins == "start", settings=web.settings(), principal=web.principal()
        )
    except Mistake as problem:
        return _list(wanted, problem)
    return _with_secret(stream, secret, f"The log is sent to {stream.host}.")


@blueprint.get("/dashboard/audit/streams/<uuid:stream_id>")
@door(may(Permission.SETTINGS_MANAGE))
def log_stream(stream_id: object) -> Any:
    """One stream: how it stands, what it sends, its secret."""
    return _page(streams.get(str(stream_id), principal=web.principal()))


@blueprint.post("/dashboard/audit/streams/<uuid:stream_id>")
@door(may(Permission.SETTINGS_MANAGE))
def change_stream(stream_id: object) -> Any:
    """Change where it goes and what it takes."""
    stream = streams.get(str(stream_id), principal=web.principal())
    wanted = _wanted(stream.kind)
    try:
        streams.change(stream.id, wanted, settings=web.settings(), principal=web.principal())
    except Mistake as problem:
        return _page(stream, wanted=wanted, problem=problem)
    return _back(stream, "Saved.")


@blueprint.post("/dashboard/audit/streams/<uuid:stream_id>/test")
@door(may(Permission.SETTINGS_MANAGE))
def test_stream(stream_id: object) -> Any:
    """Send a message without any row, and show what was answered."""
    throttle.count(log_limits.STREAM_TESTS_PER_PERSON, "stream-test", web.principal().person_id)
    stream = streams.get(str(stream_id), principal=web.principal())
    told = streams.send_test(stream.id, settings=web.settings(), principal=web.principal())
    return _page(streams.get(stream.id, principal=web.principal()), told=told)


@blueprint.post("/dashboard/audit/streams/<uuid:stream_id>/pause")
@door(may(Permission.SETTINGS_MANAGE))
def pause_stream(stream_id: object) -> Any:
    """Send nothing for a while; what is recorded waits."""
    stream = streams.pause(str(stream_id), principal=web.principal())
    return _back(stream, "Paused: what is recorded from now on waits.")


@blueprint.post("/dashboard/audit/streams/<uuid:stream_id>/resume")
@door(may(Permission.SETTINGS_MANAGE))
def resume_stream(stream_id: object) -> Any:
    """Go on where it stopped."""
    return _back(streams.resume(str(stream_id), principal=web.principal()), "It goes on where it stopped.")


@blueprint.post("/dashboard/audit/streams/<uuid:stream_id>/secret")
@door(may(Permission.SETTINGS_MANAGE))
def rotate_stream_secret(stream_id: object) -> Any:
    """A new secret to sign with; the old one signs too for a day."""
    stream, secret = streams.rotate(str(stream_id), principal=web.principal())
    return _with_secret(stream, secret, "There is a new secret. The old one is good for another day.")


@blueprint.post("/dashboard/audit/streams/<uuid:stream_id>/removal")
@door(may(Permission.SETTINGS_MANAGE))
def remove_stream(stream_id: object) -> Any:
    """End the stream."""
    stream = streams.remove(str(stream_id), principal=web.principal())
    return web.after_change(url_for("audit.log_streams"), f"Nothing is sent to {stream.host} any more.")


def _wanted(kind: str) -> WantedStream:
    form = request.form
    return WantedStream(
        kind,
        form.get("address", ""),
        form.get("takes_calls") == "on",
        form.get("takes_changes") == "on",
        form.get("payloads", ""),
        form.get("header", "").strip(),
        form.get("why", ""),
    )


def _with_secret(stream: Stream, secret: str, said: str) -> Any:
    if secret:
        show_once("stream_secret", f"{stream.id} {secret}")
    return _back(stream, said)


def _back(stream: Stream, said: str) -> Any:
    return web.after_change(url_for("audit.log_stream", stream_id=stream.id), said)


def _list(wanted: WantedStream, problem: Mistake | None = None) -> Any:
    found = streams.set_up_in(principal=web.principal())
    return web.respond(
        "audit/log_streams.html",
        "audit/_streams.html",
        422 if problem else 200,
        streams=[_state(stream) for stream in found],
        most=log_limits.STREAMS_PER_WORKSPACE,
        wanted=wanted,
        begin=request.form.get("begin", "now"),
        errors={problem.field: problem.message} if problem else {},
        begins=list(FROM.items()),
        **_words(),
    )


def _page(
    stream: Stream, *, wanted: WantedStream | None = None, problem: Mistake | None = None, told: Told | None = None
) -> Any:
    own, _, secret = (shown_once("stream_secret") or "").partition(" ")
    held = WantedStream(
        stream.kind, vault.open(stream.address), stream.takes_calls, stream.takes_changes, stream.payloads
    )
    return web.respond(
        "audit/log_stream.html",
        "audit/_stream.html",
        422 if problem else 200,
        state=_state(stream),
        wanted=wanted or held,
        errors={problem.field: problem.message} if problem else {},
        told=told,
        secret=secret if own == stream.id else "",
        has_header=bool(stream.header),
        signs_twice=bool(stream.old_until and stream.old_until > now()),
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"kinds": list(streams.KINDS.items()), "payloads": list(pieces.PAYLOADS.items())}


def _state(stream: Stream) -> dict[str, Any]:
    waiting = streams.backlog(stream)
    if stream.is_paused:
        kind, word = "idle", "Paused"
    elif stream.failing_since:
        kind, word = "danger", "Failing"
    else:
        kind, word = "live", "Sending" if stream.delivered_at else "Waiting for the first rows"
    return {"stream": stream, "kind": kind, "word": word, "waiting": waiting}
