"""What pages answer: the page or its part, the way on after a change, and every failure in words."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, cast

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from htmx_flask.requests import HtmxAwareRequest
from werkzeug.datastructures import MultiDict, iter_multi_items
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from halo.ground.database import outage
from halo.ground.errors import Busy, Denied, HaloError, Mistake, NotFound, Reason
from halo.ground.telemetry import here
from halo.ground.telemetry.measures import REFUSALS
from halo.ground.wire import accept, addresses

log = logging.getLogger("halo.web")


def respond(page: str, partial: str, status: int = 200, **context: Any) -> Any:
    """The partial for htmx, the page around it otherwise."""
    return render_template(partial if is_htmx() else page, **context), status


def is_htmx() -> bool:
    """Whether htmx asks for a part of the page."""
    asked = cast(HtmxAwareRequest, request).htmx
    return bool(asked) and not asked.boosted


def after_change(target: str, message: str, partial: str | None = None, **context: Any) -> Any:
    """After a change: the changed partial for htmx; otherwise the message, and a 303 to the page that shows it."""
    if partial is not None and is_htmx():
        return render_template(partial, **context)
    flash(message)
    return redirect(target, 303)


def wants_json() -> bool:
    """Whether the caller asked for JSON rather than a page, or is no person at all."""
    if is_for_machines():
        return True
    sent = request.headers.get("Accept")
    return accept.weight(sent, accept.JSON) > accept.weight(sent, accept.PAGE)


def is_for_machines() -> bool:
    """Whether programs knock here: at a door that speaks JSON, or at an address of theirs that has no such door.

    A client that probes for documents cannot read a page (S-05). The pages below these addresses are doors.
    """
    if request.endpoint is not None:
        return getattr(current_app.view_functions[request.endpoint], "speaks_json", False)
    path = request.path.rstrip("/")
    return path in _MACHINE_ADDRESSES or f"{path}/".startswith(_MACHINE_PATHS)


_MACHINE_PATHS = ("/api/", "/.well-known/")
_MACHINE_ADDRESSES = ("/token", "/register")
"""Of the authorization server at the origin, for clients that drop its path."""


def _refused(denied: Denied) -> Any:
    g.retry_after = denied.details.get("retry_after")
    REFUSALS.add("page", denied.reason.name)
    if denied.reason is Reason.signed_out and not wants_json():
        if is_htmx() or (request.method == "POST" and set(request.form) - {"csrf_token"}):
            return _problem(401, denied.message, denied.reason, template="errors/csrf.html")  # keeps what was typed
        here = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return redirect(url_for("workspaces.signin", next=here), 303)
    if denied.reason is Reason.two_factor_missing and request.method == "GET" and not (is_htmx() or wants_json()):
        return redirect(url_for("workspaces.two_factor", next=request.full_path.rstrip("?")), 303)
    return _problem(denied.reason.status, _to_reader(denied), denied.reason, template=_TEMPLATES.get(denied.reason))


def _to_reader(denied: Denied) -> str:
    """The refusal, said to the person who reads it; the reason's own words are about the person behind a client."""
    lacking = denied.details.get("permission")
    if lacking is None or denied.message != denied.reason.sentence:
        return denied.message
    return f"This takes a permission that you do not have here: {lacking.sentence}"


_TEMPLATES = {Reason.csrf_failed: "errors/csrf.html"}
_PAGES = frozenset({403, 404, 405, 413, 422, 429, 500, 502, 503})
"""The failures with a page of their own."""


def _problem(status: int, message: str, reason: Reason | None = None, template: str | None = None) -> Any:
    if wants_json():
        return {"error": reason.name if reason else str(status), "message": message, "details": {}}, status
    name = template or (f"errors/{status}.html" if status in _PAGES else "errors/422.html")
    said = {"message": message, "reason": reason, "fields": _typed(), "request_id": here.request_id()}
    return render_template(name, **said), status


def _typed() -> MultiDict[str, str]:
    """What the form held; nothing where it is too large or too odd to be read."""
    try:
        return request.form
    except HTTPException:
        return MultiDict()


def _failed(problem: HaloError) -> Any:
    if isinstance(problem, Denied):
        return _refused(problem)
    if isinstance(problem, Busy):
        return *_problem(503, problem.message), {"Retry-After": str(problem.retry_after)}
    status = 404 if isinstance(problem, NotFound) else 422 if isinstance(problem, Mistake) else 502
    return _problem(status, problem.message)


def _http_error(problem: HTTPException) -> Any:
    if problem.response is not None or (problem.code or 500) < 400:
        return problem
    code = problem.code or 500
    said = {404: "There is no such page.", 405: "This address does not take that method.", 413: "That is too large."}
    body, status = _problem(code, said.get(code, problem.description or problem.name))
    response = current_app.make_response((body, status))
    for name, value in problem.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _crashed(problem: Exception) -> Any:
    outage.say(log, f"unhandled: {request.url_rule}", problem)
    if away := outage.of(problem):
        g.person = None  # what a page says of its reader would be read from what is away
        return _failed(away)
    return _problem(500, "Something went wrong inside Halo.")


class Address(Rule):
    """`url_for` writes queries as `halo.ground.wire.addresses` does."""

    def _encode_query_vars(self, query_vars: Mapping[str, Any]) -> str:
        given = ((name, str(value)) for name, value in iter_multi_items(query_vars) if value is not None)
        return addresses.query(given, bare=addresses.READABLE)


def init_app(app: Flask) -> None:
    """Compose addresses in one way, and translate failures of every view that has no translation of its own."""
    app.url_rule_class = Address
    app.register_error_handler(HaloError, _failed)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crashed)
