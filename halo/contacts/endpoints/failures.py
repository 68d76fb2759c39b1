"""How the ingestion API says no: `{error, message, field}` with the right status, readable from every origin."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from halo.contacts.ingestion.parsing import Reserved
from halo.ground import limits
from halo.ground.database import outage
from halo.ground.errors import Busy, Denied, HaloError, Mistake, NotFound, Reason
from halo.ground.telemetry.measures import REFUSALS
from halo.web import settings
from halo.web.throttle import seconds_to_wait

log = logging.getLogger("halo.contacts")
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Requested-With",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "86400",
}


class UnsupportedType(Mistake):
    """The body is of another type than JSON."""


def hang_on(blueprint: Blueprint) -> None:
    """Let these answers speak for the blueprint's failures."""
    blueprint.register_error_handler(Denied, _denied)
    blueprint.register_error_handler(Reserved, _reserved)
    blueprint.register_error_handler(HaloError, _failed)
    blueprint.register_error_handler(RequestEntityTooLarge, _too_large)
    blueprint.register_error_handler(RateLimitExceeded, _too_many)
    blueprint.register_error_handler(HTTPException, _http_error)
    blueprint.register_error_handler(Exception, _crashed)


def _denied(denied: Denied) -> Any:
    REFUSALS.add("ingestion", denied.reason.name)
    if denied.reason is Reason.customer_token_invalid:
        return _error("identity_invalid", denied.message, "user_token"), 403
    headers = {"WWW-Authenticate": 'Bearer realm="halo-sdk"'}
    return _error(denied.reason.name, denied.message, "authorization"), denied.reason.status, headers


def _reserved(problem: Reserved) -> Any:
    docs = f"{settings().base_url}/docs/ingestion-api"
    told = _error("reserved_keys", problem.message, problem.field)
    return {**told, "reserved_keys": problem.keys, "docs_url": docs}, 400


def _failed(problem: HaloError) -> Any:
    if isinstance(problem, UnsupportedType):
        return _error("unsupported_media_type", problem.message, problem.field), 415
    if isinstance(problem, Mistake):
        return _error("invalid", problem.message, problem.field), 400
    if isinstance(problem, NotFound):
        return _error("not_found", problem.message, None), 404
    if isinstance(problem, Busy):
        return _error(problem.word, problem.message, None), 503, {"Retry-After": str(problem.retry_after)}
    return _error("failed", problem.message, None), 502


def _too_large(_problem: RequestEntityTooLarge) -> Any:
    return _error("too_large", f"The body is larger than {request.max_content_length or 0:,} bytes.", "body"), 413


def _too_many(_problem: RateLimitExceeded) -> Any:
    seconds = seconds_to_wait()
    message = f"More than {limits.INGESTION_PER_KEY}; try again in {seconds} s."
    return _error("rate_limited", message, None), 429, {"Retry-After": str(seconds)}


def too_many(what: str, denied: Denied) -> Response:
    """429 in place of an answer that was sent too often."""
    seconds = denied.details["retry_after"]
    told = _error("rate_limited", f"More than {what}; try again in {seconds} s.", None)
    return current_app.make_response((told, 429, {"Retry-After": str(seconds)}))


def _http_error(problem: HTTPException) -> Any:
    return _error("invalid", problem.description or problem.name, None), problem.code or 500


def _crashed(problem: Exception) -> Any:
    outage.say(log, f"unhandled: {request.url_rule}", problem)
    if away := outage.seen_in(problem):
        return _failed(away)
    return _error("failed", "Something went wrong inside Halo.", None), 500


def _error(error: str, message: str, field: str | None) -> dict[str, Any]:
    return {"error": error, "message": message, "field": field}
