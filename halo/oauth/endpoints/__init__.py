"""The doors of the authorization server: `/api/mcp/oauth/...` for machines, in JSON; `/mcp/authorize` for people.

Every JSON door goes through `expose`: whatever goes wrong, the answer is JSON, is not stored, and may be read by a
client in a browser. So may the refusals at addresses of machines where no such door is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, json, request

from halo.ground.errors import Denied, HaloError, Mistake, NotFound, UpstreamFailed
from halo.ground.telemetry.measures import REFUSALS
from halo.oauth import cors
from halo.oauth.rfc.adapters import ServerAnswer
from halo.web.answers import is_for_machines, speaks
from halo.web.failures import Dialect, Failure, Row

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
            return _counted(current_app.make_response(view(*args, **kwargs)))

        answer.is_exposed = True  # type: ignore[attr-defined]
        speaks(DIALECT)(answer)
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
    """What a machine is told here may be read from every origin, and is not stored unless it says so. So are refusals
    at addresses of machines where no door is; doors with a credential of their own say for themselves who may read."""
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "is_exposed", False) or (view is None and is_for_machines()):
        for name, value in {**cors.headers(), "Cache-Control": "no-store"}.items():
            response.headers.setdefault(name, value)
    return response


def _shape(failure: Failure) -> dict[str, Any]:
    """RFC 6749 section 5.2, which has few words."""
    code = {429: BUSY, 503: BUSY, 500: "server_error"}.get(failure.status, "invalid_request")
    return {"error": code, "error_description": failure.message}


BUSY = "temporarily_unavailable"
MALFORMED = Row(400)
DIALECT = Dialect(
    "oauth",
    _shape,
    dict.fromkeys((Denied, Mistake, NotFound, UpstreamFailed, HaloError), MALFORMED),
    lambda _: {"Cache-Control": "no-store"},
)


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
