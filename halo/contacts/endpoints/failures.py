"""How the ingestion API says no: `{error, message, field}` with the right status, readable from every origin."""

from __future__ import annotations

from typing import Any

from flask import Response

from halo.contacts.ingestion.parsing import Reserved
from halo.ground.errors import Denied, Mistake, Reason, UpstreamFailed
from halo.web import failures, settings
from halo.web.failures import Dialect, Failure, Row

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Requested-With",
    "Access-Control-Expose-Headers": "Retry-After",
    "Access-Control-Max-Age": "86400",
}


class UnsupportedType(Mistake):
    """The body is of another type than JSON."""


def _shape(failure: Failure) -> dict[str, Any]:
    told = {"error": failure.word, "message": failure.message, "field": failure.named}
    if isinstance(failure.problem, Reserved):
        return told | {"reserved_keys": failure.problem.keys, "docs_url": f"{settings().base_url}/docs/ingestion-api"}
    return told


def _challenge(failure: Failure) -> dict[str, str]:
    return {"WWW-Authenticate": 'Bearer realm="halo-sdk"'} if failure.status == 401 else {}


DIALECT = Dialect(
    "ingestion",
    _shape,
    {
        Reason.customer_token_invalid: Row(403, "identity_invalid", "user_token"),
        Reason.rate_limited: Row(),
        Denied: Row(field="authorization"),
        Reserved: Row(400, "reserved_keys"),
        UnsupportedType: Row(415, "unsupported_media_type"),
        Mistake: Row(400, "invalid"),
        UpstreamFailed: Row(502, "failed"),
    },
    _challenge,
)


def too_many(what: str, denied: Denied) -> Response:
    """429 in place of an answer that was sent too often."""
    seconds = denied.details["retry_after"]
    told = f"More than {what}; try again in {seconds} s."
    return failures.answer(Denied(Reason.rate_limited, told, retry_after=seconds), DIALECT)
