"""The doors of the authorization server: `/api/mcp/oauth/...` for machines, in JSON; `/mcp/authorize` for people.

Every JSON door goes through `expose`: whatever goes wrong, the answer is JSON, is not stored, and may be read by a
client in a browser. So may the refusals at addresses of machines where no such door is.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, json, request
from flask_limiter import RateLimitExceeded
from werkzeug.exceptions import HTTPException

from halo.ground.database import outage
from halo.ground.errors import Busy, HaloError
from halo.ground.telemetry.measures import REFUSALS
from halo.oauth import cors
from halo.oauth.rfc.adapters import ServerAnswer
from halo.web.answers import is_for_machines
from halo.web.throttle import seconds_to_wait

log = logging.getLogger("halo.oauth")
blueprint = Blueprint("oauth", __name__)


def expose(*paths: str, method: str) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Outermost on a JSON door: its paths, with and without a trailing slash, and their OPTIONS (S-03, S-08).

    Whatever happens inside, the answer is JSON that a client in a browser may read.
    """

    def hang(view: Callable[..., Any]) -> Callable[..., Response]:
        @functools.wraps(view)
        def answer(*args: Any, **kwargs: Any) -> Response:
            if request.method == "OPTIONS":
                return current_app.make_response(("", 204, cors.preflight([method])))
            return _counted(_guarded(view, *args, **kwargs))

        answer.speaks_json = True  # type: ignore[attr-defined]
        for path in paths:
            blueprint.add_url_rule(
                path,
                view.__name__,
                answer,
                methods=[method, "OPTIONS"],
                strict_slashes=False,
                provide_automatic_options=False,
            )
        return answer

    return hang


@blueprint.after_app_request
def open_to_browsers(response: Response) -> Response:
    """What a machine is told may be read from every origin, and is not stored unless it says so."""
    if is_for_machines():
        for name, value in {**cors.headers(), "Cache-Control": "no-store"}.items():
            response.headers.setdefault(name, value)
    return response


def _guarded(view: Callable[..., Any], *args: Any, **kwargs: Any) -> Response:
    try:
        return current_app.make_response(view(*args, **kwargs))
    except RateLimitExceeded:
        return too_many()
    except HTTPException as problem:
        return error("invalid_request", problem.description or problem.name, problem.code or 400)
    except Busy as problem:
        return unavailable(problem)
    except HaloError as problem:
        return error("invalid_request", problem.message, 400)
    except Exception as problem:  # noqa: BLE001 - `outage.say` logs it
        outage.say(log, f"unhandled: {request.url_rule}", problem)
        if away := outage.seen_in(problem):
            return unavailable(away)
        return error("server_error", "Something went wrong inside Halo.", 500)


def _counted(response: Response) -> Response:
    if response.status_code >= 400:
        said = response.get_json(silent=True)
        REFUSALS.add("oauth", str(said.get("error")) if isinstance(said, dict) else str(response.status_code))
    return response


def error(code: str, description: str, status: int = 400) -> Response:
    """RFC 6749 section 5.2."""
    body = {"error": code, "error_description": description}
    return current_app.make_response((body, status, {"Cache-Control": "no-store"}))


def respond(answer: ServerAnswer) -> Response:
    """What Authlib's server answers, as a response."""
    text = json.dumps(answer.body) if isinstance(answer.body, dict) else answer.body
    return Response(text, status=answer.status, headers=answer.headers)


def unavailable(problem: Busy) -> Response:
    """503 with the time when the next request is taken."""
    response = error("temporarily_unavailable", problem.message, 503)
    response.headers["Retry-After"] = str(problem.retry_after)
    return response


def too_many() -> Response:
    """429 with the time when the next request is taken."""
    response = error("temporarily_unavailable", "Too many requests; see Retry-After.", 429)
    response.headers["Retry-After"] = str(seconds_to_wait())
    return response
