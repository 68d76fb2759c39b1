"""How doors for programs say no: one table says what a failure is, a dialect only how it is told.

`TABLE` maps every kind of failure to a status and a word; `failure_of` adds the sentence and the headers. A door that
speaks JSON has a `Dialect`: the shape of its body, and the few rows in which its document differs. Pages take status
and sentence from here too (`halo.web.answers`). To add a kind of failure, add a row.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from flask import Response, current_app, g, request
from flask_limiter import RateLimitExceeded
from werkzeug import exceptions as http
from werkzeug.exceptions import HTTPException

from halo.ground.database import outage
from halo.ground.errors import Busy, Denied, HaloError, Mistake, NotFound, Reason, Taken, UpstreamFailed
from halo.ground.telemetry.measures import REFUSALS
from halo.web.throttle import seconds_to_wait

log = logging.getLogger("halo.web")
CRASHED = "Something went wrong inside Halo."
_PASSED_ON = ("Allow", "Retry-After")
"""Headers of a failure of HTTP itself that go on to the caller."""


@dataclass(frozen=True)
class Row:
    """What a kind of failure is called; what is empty the failure says itself."""

    status: int = 0
    word: str = ""
    field: str | None = None
    """What of the request does not fit, where the failure does not name it."""


Rows = Mapping[type[Exception] | Reason, Row]
NONE: Rows = MappingProxyType({})
TABLE: Rows = {
    Denied: Row(),
    Mistake: Row(422, "invalid"),
    Taken: Row(409, "conflict"),
    NotFound: Row(404, "not_found"),
    Busy: Row(503),
    UpstreamFailed: Row(502, "upstream_failed"),
    HaloError: Row(502, "failed"),
    RateLimitExceeded: Row(429, "rate_limited"),
    http.NotFound: Row(404, "not_found"),
    http.MethodNotAllowed: Row(405, "method_not_allowed"),
    http.RequestEntityTooLarge: Row(413, "too_large", "body"),
    http.UnsupportedMediaType: Row(415, "unsupported_media_type", "content-type"),
    HTTPException: Row(0, "invalid"),
    Exception: Row(500, "failed"),
}
"""The nearest class of an exception decides; in a dialect's own rows a reason goes before its class."""


@dataclass(frozen=True)
class Failure:
    """What went wrong, in no dialect yet."""

    status: int
    word: str
    message: str
    named: str | None
    """The field that does not fit."""
    problem: Exception
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dialect:
    """How the doors of one API tell it."""

    door: str
    """By which their refusals are counted."""
    shape: Callable[[Failure], dict[str, Any]]
    rows: Rows = field(default_factory=dict)
    """Where its document differs from `TABLE`."""
    headers: Callable[[Failure], Mapping[str, str]] = lambda _: {}
    """What its answers bear besides."""


def failure_of(problem: Exception, rows: Rows = NONE) -> Failure:
    """The failure that an exception is. One that nobody foresaw leaves a line in the log."""
    if not isinstance(problem, (HaloError, HTTPException)):
        outage.say(log, f"unhandled: {request.url_rule}", problem)
        problem = outage.seen_in(problem) or problem
    row = _row(problem, rows)
    named = problem.field if isinstance(problem, Mistake) else row.field
    status, word = row.status or _status(problem), row.word or _word(problem)
    return Failure(status, word, _message(problem), named, problem, _headers(problem))


def answer(problem: Exception, dialect: Dialect) -> Response:
    """The answer of a door that speaks this dialect."""
    failure = failure_of(problem, dialect.rows)
    body = dialect.shape(failure)
    REFUSALS.add(dialect.door, str(body["error"]))
    return current_app.make_response((body, failure.status, {**failure.headers, **dialect.headers(failure)}))


def _row(problem: Exception, rows: Rows) -> Row:
    reason = problem.reason if isinstance(problem, Denied) else None
    kinds = (*((reason,) if reason else ()), *type(problem).__mro__)
    return next(found for kind in kinds if (found := rows.get(kind) or TABLE.get(kind)))


def _status(problem: Exception) -> int:
    if isinstance(problem, Denied):
        return problem.reason.status
    return (problem.code or 500) if isinstance(problem, HTTPException) else 500


def _word(problem: Exception) -> str:
    if isinstance(problem, Denied):
        return problem.reason.name
    return problem.word if isinstance(problem, Busy) else "failed"


def _message(problem: Exception) -> str:
    if isinstance(problem, Denied):
        return _to_reader(problem)
    if isinstance(problem, HaloError):
        return problem.message
    if isinstance(problem, RateLimitExceeded):
        return f"More than {problem.limit.limit}; try again in {seconds_to_wait()} s."
    if isinstance(problem, http.RequestEntityTooLarge) and request.max_content_length:
        return f"The body is larger than {request.max_content_length:,} bytes."
    return (problem.description or problem.name) if isinstance(problem, HTTPException) else CRASHED


def _to_reader(denied: Denied) -> str:
    """The refusal, said to the person who reads it; the reason's own words are about the person behind a client."""
    lacking = denied.details.get("permission")
    if lacking is None or denied.message != denied.reason.sentence:
        return denied.message
    return f"This takes a permission that you do not have here: {lacking.sentence}"


def _headers(problem: Exception) -> dict[str, str]:
    if isinstance(problem, Busy):
        return {"Retry-After": str(problem.retry_after)}
    if isinstance(problem, Denied):
        g.retry_after = problem.details.get("retry_after")
        return {} if g.retry_after is None else {"Retry-After": str(g.retry_after)}
    if isinstance(problem, RateLimitExceeded):
        return {"Retry-After": str(seconds_to_wait())}
    if isinstance(problem, HTTPException):
        return {name: value for name, value in problem.get_headers() if name in _PASSED_ON}
    return {}


def _as_api(failure: Failure) -> dict[str, Any]:
    problem = failure.problem
    lacking = problem.details.get("permission") if isinstance(problem, Denied) else None
    told = {
        "field": failure.named,
        "permission": lacking.value if lacking else None,
        "stage": problem.stage if isinstance(problem, UpstreamFailed) else None,
    }
    details = {name: value for name, value in told.items() if value is not None}
    return {"error": failure.word, "message": failure.message, "details": details}


def _challenge(failure: Failure) -> dict[str, str]:
    return {"WWW-Authenticate": 'Bearer realm="halo-api"'} if failure.status == 401 else {}


PAGES = Dialect("page", _as_api)
"""What a page tells whoever asks for JSON: the dialect of the API, without its challenge."""
API = Dialect("api", _as_api, headers=_challenge)
SIGNED = Dialect("signed", _as_api, {Mistake: Row(400, "invalid")})
"""Of webhooks, whose senders know 400 and no finer word for what cannot be read."""
