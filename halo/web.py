"""Step 5: the doors. `@door(NEED)` marks a view, one hook authenticates and asks; an unmarked view never runs.

A need names the one kind of credential that the door accepts: nothing (`OPEN`), a session cookie (`PERSON`, `MEMBER`,
`may(...)`, `OPERATOR`), a bearer token (`BEARER`), the widget key (`WIDGET_KEY`), or the OAuth endpoints' own client
authentication (`OAUTH`). Doors with a cookie, and open ones, refuse a POST without the form's CSRF token.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from flask import Flask, Request, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_limiter import Limiter
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from halo import authenticate, compressed, limits, spoken, vault
from halo.errors import Denied, HaloError, Mistake, NotFound, Reason
from halo.permissions import Permission
from halo.principal import Client, Member
from halo.settings import Settings

log = logging.getLogger("halo.web")
View = TypeVar("View", bound=Callable[..., Any])
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)


class MarkedLimiter(Limiter):
    """Flask-Limiter for views that are marked with a limit, which check it themselves when they run.

    Its hook before every request looks for limits of whole apps and blueprints; Halo has none, and calls of tools
    have limits of their own (`halo.limits.spend`), so the hook would only cost them a quarter of their time.
    """

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


class PageSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, which carries nothing but the message that the next page shows; not read for the API."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """None, and so Flask's inert session, for addresses that answer no pages."""
        return None if request.path.startswith("/api/") else super().open_session(app, request)


limiter = MarkedLimiter(lambda: limits.visitor(request.remote_addr), headers_enabled=False, strategy="fixed-window")


@dataclass(frozen=True)
class Need:
    """What a door asks for: one kind of credential, and perhaps a permission."""

    name: str
    credential: str
    """none, cookie, bearer, widget_key or client."""
    permission: Permission | None = None

    @property
    def has_csrf(self) -> bool:
        return self.credential in ("none", "cookie")


OPEN = Need("open", "none")
PERSON = Need("person", "cookie")
MEMBER = Need("member", "cookie")
OPERATOR = Need("operator", "cookie")
BEARER = Need("bearer", "bearer")
WIDGET_KEY = Need("widget key", "widget_key")
OAUTH = Need("oauth client", "client")
_OWN_CREDENTIAL = frozenset({"bearer", "widget_key", "client"})


def may(permission: Permission) -> Need:
    """A member of the workspace who holds this permission."""
    return Need(f"may {permission.value}", "cookie", permission)


def door(need: Need) -> Callable[[View], View]:
    """Mark a view with what it asks for; `come_in` enforces it."""

    def mark(view: View) -> View:
        view.need = need  # type: ignore[attr-defined]
        return view

    return mark


def come_in() -> None:
    """The one hook before every view: authenticate, ask the door's need, check the form's token."""
    if request.endpoint is None:
        return
    need: Need | None = getattr(current_app.view_functions[request.endpoint], "need", None)
    if need is None:
        raise RuntimeError(f"the view {request.endpoint} has no @door: mark it in its views.py")
    if need.credential in _OWN_CREDENTIAL:
        return
    _check_text()
    member = _member()
    g.principal = member
    if need.has_csrf and request.method not in SAFE:
        _check_form()
    if need.credential == "cookie":
        _check_member(member, need)


def _check_text() -> None:
    """Nobody types a NUL, and PostgreSQL's text has none."""
    form = () if request.method in SAFE else request.form.listvalues()
    if "\0" in request.path or b"%00" in request.query_string or any("\0" in text for texts in form for text in texts):
        raise Mistake("text", "Text with control characters is not taken.")


def _member() -> Member | None:
    token = request.cookies.get(session_cookie())
    return authenticate.by_cookie(token) if token else None


def _check_member(member: Member | None, need: Need) -> None:
    if member is None:
        raise Denied(Reason.signed_out)
    if need is OPERATOR:
        if not member.is_operator:
            raise Denied(Reason.operator_only)
    elif need is not PERSON and member.workspace_id is None:
        raise Denied(Reason.no_workspace)
    elif need.permission is not None and not member.may(need.permission):
        raise Denied(Reason.permission_missing, permission=need.permission)


def principal() -> Member:
    """The person of this request, behind a door that asked for one."""
    return cast(Member, g.principal)


def visitor() -> Member | None:
    """The person of this request where an open door has one."""
    return cast("Member | None", g.get("principal"))


def client() -> Client:
    """The OAuth client of this request, behind a bearer door."""
    return cast(Client, g.principal)


def settings() -> Settings:
    """The settings of this app."""
    return cast(Settings, current_app.extensions["halo"])


# The form's token: a random cookie that no other site can read, and its keyed digest in the form.


def session_cookie() -> str:
    """The cookie's name; `__Host-` binds it to this host over TLS."""
    return "__Host-halo_session" if settings().secure else "halo_session"


def _visit_cookie() -> str:
    return "__Host-halo_visit" if settings().secure else "halo_visit"


def csrf_token() -> str:
    """The token that this browser's forms must send back."""
    visit = request.cookies.get(_visit_cookie()) or g.get("new_visit")
    if not visit or len(visit) > 100:
        visit = g.new_visit = secrets.token_urlsafe(24)
    return vault.current().sign("csrf", visit)


def csrf_field() -> Markup:
    """The hidden field of every form."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(csrf_token())


def _check_form() -> None:
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not request.cookies.get(_visit_cookie()) or not hmac.compare_digest(sent.encode(), csrf_token().encode()):
        raise Denied(Reason.csrf_failed)


def set_cookie(response: Response, name: str, value: str, seconds: int | None) -> None:
    """A cookie of ours: HttpOnly, SameSite=Lax, Secure over TLS, for the whole host."""
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="Lax", secure=settings().secure, path="/")


def go_out(response: Response) -> Response:
    """The one hook after every view: cookies that became due, and the headers of pages."""
    if visit := g.get("new_visit"):
        set_cookie(response, _visit_cookie(), visit, None)
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    if response.mimetype == "text/html":
        headers.setdefault("Content-Security-Policy", CSP)
        headers.setdefault("Referrer-Policy", "same-origin")
        if request.endpoint != "static":
            headers.setdefault("Cache-Control", "no-store")
    if settings().secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _compress(response: Response) -> Response:
    """Texts under static/ gzipped, for whoever takes that."""
    if request.endpoint != "static" or response.status_code != 200 or not request.accept_encodings.quality("gzip"):
        return response
    name = (request.view_args or {})["filename"]
    body = compressed.gzipped(Path(str(current_app.static_folder)) / name)
    if body is not None:
        response.close()  # the file that would have been streamed
        response.direct_passthrough = False
        response.set_data(body)
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response


# Answers


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
    """Whether the caller asked for JSON rather than a page."""
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"


def _refused(denied: Denied) -> Any:
    if denied.reason is Reason.signed_out and not wants_json():
        if request.method == "POST" and (is_htmx() or set(request.form) - {"csrf_token"}):
            return _problem(401, denied.message, denied.reason, template="errors/csrf.html")  # keeps what was typed
        here = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return redirect(url_for("workspaces.signin", next=here), 303)
    return _problem(denied.reason.status, denied.message, denied.reason, template=_TEMPLATES.get(denied.reason))


_TEMPLATES = {Reason.csrf_failed: "errors/csrf.html"}


def _problem(status: int, message: str, reason: Reason | None = None, template: str | None = None) -> Any:
    if wants_json():
        return {"error": reason.name if reason else str(status), "message": message, "details": {}}, status
    name = template or (f"errors/{status}.html" if status in (403, 404, 405, 422, 429, 500) else "errors/422.html")
    return render_template(name, message=message, reason=reason, fields=_typed()), status


def _typed() -> MultiDict[str, str]:
    """What the form held; nothing where it is too large or too odd to be read."""
    try:
        return request.form
    except HTTPException:
        return MultiDict()


def _failed(problem: HaloError) -> Any:
    if isinstance(problem, Denied):
        return _refused(problem)
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
    log.error("unhandled: %s", request.path, exc_info=problem)
    return _problem(500, "Something went wrong inside Halo.")


def static_url(path: str) -> str:
    """The address of a file under static/, with its age in the query so that browsers keep it for a year."""
    file = Path(str(current_app.static_folder)) / path
    stamp = int(file.stat().st_mtime) if file.is_file() else 0
    return url_for("static", filename=path, v=stamp)


def init_app(app: Flask, chosen: Settings) -> None:
    """Hang the hooks, the error pages and the helpers of templates on the app."""
    app.config.update(
        RATELIMIT_STORAGE_URI=limits.storage_uri(chosen),
        MAX_CONTENT_LENGTH=limits.BODY_BYTES,
        SECRET_KEY=chosen.secret_key,
        SESSION_COOKIE_NAME="__Host-halo_flash" if chosen.secure else "halo_flash",
        SESSION_COOKIE_SECURE=chosen.secure,
        SESSION_COOKIE_SAMESITE="Lax",
        SEND_FILE_MAX_AGE_DEFAULT=365 * 86400,
    )
    if chosen.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=chosen.proxies, x_proto=chosen.proxies, x_host=chosen.proxies
        )
    app.session_interface = PageSessions()
    Htmx(app)
    app.before_request(come_in)
    limiter.init_app(app)
    app.after_request(go_out)
    app.after_request(_compress)
    door(OPEN)(app.view_functions["static"])
    app.register_error_handler(HaloError, _failed)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crashed)
    app.jinja_env.filters.update(spoken.FILTERS)
    app.jinja_env.globals.update(
        csrf_token=csrf_token, csrf_field=csrf_field, static_url=static_url, Permission=Permission
    )
    app.context_processor(lambda: {"principal": visitor(), "settings": chosen})
