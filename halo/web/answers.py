"""What pages answer: the page or its part, the way on after a change, and every failure in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from flask import Blueprint, Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from htmx_flask.requests import HtmxAwareRequest
from werkzeug.datastructures import MultiDict, iter_multi_items
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from halo.ground.database.outage import Unavailable
from halo.ground.errors import Denied, Reason
from halo.ground.telemetry import here
from halo.ground.telemetry.measures import REFUSALS
from halo.ground.wire import accept, addresses
from halo.web import failures
from halo.web.failures import Dialect, Failure

View = TypeVar("View", bound=Callable[..., Any])


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
        return dialect() is not None
    path = request.path.rstrip("/")
    return path in _MACHINE_ADDRESSES or f"{path}/".startswith(_MACHINE_PATHS)


def speaks(spoken: Dialect) -> Callable[[View], View]:
    """Mark a view: what goes wrong behind it is told in this dialect."""

    def mark(view: View) -> View:
        view.dialect = spoken  # type: ignore[attr-defined]
        return view

    return mark


def speak_throughout(blueprint: Blueprint, spoken: Dialect) -> None:
    """Mark every view of a blueprint, once they all stand."""

    def mark(state: BlueprintSetupState) -> None:
        for name, view in state.app.view_functions.items():
            if name.startswith(f"{blueprint.name}."):
                speaks(spoken)(view)

    blueprint.record(mark)


def dialect() -> Dialect | None:
    """The dialect of the door at which this request stands; None for a page's, and where there is no door."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "dialect", None)


_MACHINE_PATHS = ("/api/", "/.well-known/")
_MACHINE_ADDRESSES = ("/token", "/register")
"""Of the authorization server at the origin, for clients that drop its path."""


def _answer(problem: Exception) -> Any:
    """What goes back in place of what a view did not give."""
    if isinstance(problem, HTTPException) and (problem.response is not None or (problem.code or 500) < 400):
        return problem
    if wants_json():
        return failures.answer(problem, dialect() or failures.PAGES)
    return _refused(problem) if isinstance(problem, Denied) else _page(failures.failure_of(problem))


def _refused(denied: Denied) -> Any:
    REFUSALS.add("page", denied.reason.name)
    failure = failures.failure_of(denied)
    if denied.reason is Reason.signed_out:
        if is_htmx() or (request.method == "POST" and set(request.form) - {"csrf_token"}):
            return _page(failure, "errors/csrf.html")  # keeps what was typed
        here = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return redirect(url_for("workspaces.signin", next=here), 303)
    if denied.reason is Reason.two_factor_missing and request.method == "GET" and not is_htmx():
        return redirect(url_for("workspaces.two_factor", next=request.full_path.rstrip("?")), 303)
    return _page(failure, _TEMPLATES.get(denied.reason))


_TEMPLATES = {Reason.csrf_failed: "errors/csrf.html"}
_PAGES = frozenset({403, 404, 405, 413, 422, 429, 500, 502, 503})
"""The failures with a page of their own."""
_SAID = {404: "There is no such page.", 405: "This address does not take that method.", 413: "That is too large."}
"""What a person is told of a failure of HTTP itself."""


def _page(failure: Failure, template: str | None = None) -> Any:
    problem, status = failure.problem, failure.status
    if isinstance(problem, Unavailable):
        g.person = None  # what a page says of its reader would be read from what is away
    reason = problem.reason if isinstance(problem, Denied) else None
    message = _SAID.get(status, failure.message) if isinstance(problem, HTTPException) else failure.message
    name = template or (f"errors/{status}.html" if status in _PAGES else "errors/422.html")
    said = {"message": message, "reason": reason, "fields": _typed(), "request_id": here.request_id()}
    return render_template(name, **said), status, dict(failure.headers)


def _typed() -> MultiDict[str, str]:
    """What the form held; nothing where it is too large or too odd to be read."""
    try:
        return request.form
    except HTTPException:
        return MultiDict()


def refused(title: str, message: str, status: int = 400, **ways: str) -> Any:
    """The page for what nobody but the person can be told; `restart`, `back` with `host`, and `ending` lead on."""
    return render_template("errors/refused.html", title=title, message=message, **ways), status


class Address(Rule):
    """`url_for` writes queries as `halo.ground.wire.addresses` does."""

    def _encode_query_vars(self, query_vars: Mapping[str, Any]) -> str:
        given = ((name, str(value)) for name, value in iter_multi_items(query_vars) if value is not None)
        return addresses.query(given, bare=addresses.READABLE)


def init_app(app: Flask) -> None:
    """Compose addresses in one way, and translate failures of every view that has no translation of its own."""
    app.url_rule_class = Address
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(Exception, _answer)
