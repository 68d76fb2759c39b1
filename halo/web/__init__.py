"""Step 5: the doors. `@door(NEED)` marks a view, one hook authenticates and asks; an unmarked view never runs.

A need names the one kind of credential that the door accepts: nothing (`OPEN`), a session cookie (`PERSON`, `MEMBER`,
`may(...)`, `OPERATOR`), a client's bearer token (`BEARER`), a personal access token (`API(...)`), a signature
(`SIGNED(...)`), the widget key (`WIDGET_KEY`), or the OAuth endpoints' own client authentication (`OAUTH`). Doors with
a cookie, and open ones, refuse a POST without the form's CSRF token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request
from htmx_flask import Htmx
from werkzeug.exceptions import NotFound
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect

from halo.ground import limits, spoken
from halo.ground.errors import Denied, Reason
from halo.ground.permissions import Permission, demand
from halo.ground.principal import Member, SignedIn
from halo.ground.settings import Settings
from halo.ground.settings import current as settings
from halo.ground.telemetry import here
from halo.ground.wire import bodies
from halo.web import answers, assets, failures, forms, programs
from halo.web.answers import after_change, is_htmx, respond
from halo.web.assets import keep_plain, static_url
from halo.web.cookies import PageSessions, session_cookie, set_cookie, visit_cookie
from halo.web.forms import SAFE, csrf_field, csrf_token
from halo.web.programs import BY_TOKEN, ByToken, Verify, delivery, signed_for
from halo.web.throttle import limiter, seconds_to_wait

__all__ = [
    "API", "BEARER", "MEMBER", "OAUTH", "OPEN", "OPERATOR", "PERSON", "SIGNED", "WIDGET_KEY", "Need", "after_change",
    "always", "csrf_field", "csrf_token", "delivery", "door", "is_htmx", "keep_plain", "lendable", "limiter", "may",
    "person", "principal", "respond", "session_cookie", "set_cookie", "settings", "signed_for", "static_url",
    "visitor",
]  # fmt: skip
View = TypeVar("View", bound=Callable[..., Any])
ByCookie = Callable[[str], SignedIn | None]
BY_COOKIE = "halo.by_cookie"
CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)


@dataclass(frozen=True)
class Need:
    """What a door asks for: one kind of credential, and perhaps a permission."""

    name: str
    credential: str
    """none, cookie, bearer, token, signature, widget_key or client."""
    permission: Permission | None = None
    verify: Verify | None = None
    """Of a door that asks for a signature: who knows whether it is one."""

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


def API(permission: Permission) -> Need:  # noqa: N802 - stands beside the other needs
    """A personal access token that holds this permission, of a person who does."""
    return Need(f"token {permission.value}", "token", permission)


def SIGNED(verify: Verify) -> Need:  # noqa: N802
    """A delivery whose signature this verifier takes."""
    return Need("signed", "signature", verify=verify)


def lendable() -> frozenset[Permission]:
    """The permissions that a personal access token can be given here: those that some door of this app asks for."""
    needs = (getattr(view, "need", None) for view in current_app.view_functions.values())
    return frozenset(need.permission for need in needs if need and need.credential == "token" and need.permission)


_DIALECTS = {"token": failures.API, "signature": failures.SIGNED}


def door(need: Need) -> Callable[[View], View]:
    """Mark a view with what it asks for; `come_in` enforces it."""

    def mark(view: View) -> View:
        view.need = need  # type: ignore[attr-defined]
        spoken = _DIALECTS.get(need.credential)
        return answers.speaks(spoken)(view) if spoken else view

    return mark


def come_in() -> None:
    """The one hook before every view: authenticate, check the form's token, ask the door's need."""
    if request.endpoint is None:
        if isinstance(request.routing_exception, RequestRedirect) and answers.is_for_machines():
            raise NotFound  # a client that is sent on loses its method or its token, and cannot read the page
        return
    here.on_route(str(request.url_rule))
    need: Need | None = getattr(current_app.view_functions[request.endpoint], "need", None)
    if need is None:
        raise RuntimeError(f"the view {request.endpoint} has no @door: mark it in its views.py")
    if need.credential in _OWN_CREDENTIAL:
        return
    if need.credential == "token":
        g.principal = programs.by_token(need.permission)
        return
    if need.verify is not None:
        g.signed_for = programs.by_signature(need.verify)
        return
    person = _person()
    g.person = person
    if person is not None:
        bodies.vouch(request.environ)
    forms.check_text()
    if need.has_csrf and request.method not in SAFE:
        forms.check_token()
    if need.credential == "cookie":
        _check_person(person, need)


def _person() -> SignedIn | None:
    token = request.cookies.get(session_cookie())
    person = current_app.extensions[BY_COOKIE](token) if token else None
    here.of_workspace(person.workspace_id if isinstance(person, Member) else None)
    return person


def _check_person(person: SignedIn | None, need: Need) -> None:
    if person is None:
        raise Denied(Reason.signed_out)
    if need is OPERATOR and not person.is_operator:
        raise Denied(Reason.operator_only)
    if need not in (PERSON, OPERATOR):
        g.principal = _member(person, need.permission)


def _member(person: SignedIn, permission: Permission | None) -> Member:
    if not isinstance(person, Member):
        raise Denied(Reason.no_workspace)
    if person.lacks_two_factor:
        raise Denied(Reason.two_factor_missing)
    if permission is not None:
        demand(permission, principal=person)
    return person


def principal() -> Member:
    """The member of this request, behind a door that asked for one; behind `PERSON` and `OPERATOR` ask `person`."""
    return cast(Member, g.principal)


def person() -> SignedIn:
    """The person of this request, in a workspace or in none, behind a door that asked for one."""
    return cast(SignedIn, g.person)


def visitor() -> SignedIn | None:
    """The person of this request where an open door has one."""
    return cast("SignedIn | None", g.get("person"))


def go_out(response: Response) -> Response:
    """The one hook after every view: cookies that became due, and the headers of pages."""
    if visit := g.get("new_visit"):
        set_cookie(response, visit_cookie(), visit, None)
    headers = response.headers
    if response.status_code == 429:
        headers.setdefault("Retry-After", str(seconds_to_wait()))
    for name, value in always(settings()).items():
        headers.setdefault(name, value)
    if answers.dialect() in _DIALECTS.values():
        headers.setdefault("Cache-Control", "no-store")
    if response.mimetype == "text/html":
        headers.setdefault("Content-Security-Policy", CSP)
        headers.setdefault("Referrer-Policy", "same-origin")
        if request.endpoint != "static":
            headers.setdefault("Cache-Control", "no-store")
    return response


def always(chosen: Settings) -> dict[str, str]:
    """What every answer bears, whichever way it goes out."""
    said = {"X-Content-Type-Options": "nosniff"}
    return said | {"Strict-Transport-Security": "max-age=31536000"} if chosen.secure else said


def init_app(app: Flask, chosen: Settings, by_cookie: ByCookie, by_token: ByToken) -> None:
    """Hang the hooks, the error pages and the helpers of templates on the app.

    `by_cookie` finds the person behind a session's cookie, `by_token` the program behind a personal access token: they
    read workspaces and grants, which stand above this room.
    """
    app.extensions[BY_COOKIE] = by_cookie
    app.extensions[BY_TOKEN] = by_token
    app.config.update(
        RATELIMIT_STORAGE_URI=limits.storage_uri(chosen),
        RATELIMIT_STORAGE_OPTIONS=limits.storage_options(chosen),
        MAX_CONTENT_LENGTH=limits.BODY_BYTES,
        SECRET_KEY=chosen.secret_key,
        SESSION_COOKIE_NAME="__Host-halo_flash" if chosen.secure else "halo_flash",
        SESSION_COOKIE_SECURE=chosen.secure,
        SESSION_COOKIE_SAMESITE="Lax",
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
    app.after_request(assets.pack)
    app.view_functions["static"] = door(OPEN)(assets.send)
    answers.init_app(app)
    app.jinja_env.filters.update(spoken.FILTERS)
    app.jinja_env.globals.update(
        csrf_token=csrf_token, csrf_field=csrf_field, static_url=static_url, Permission=Permission
    )
    app.context_processor(lambda: {"principal": visitor(), "settings": chosen})
