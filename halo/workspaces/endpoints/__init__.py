"""What every door of this slice shares: the blueprint, and where a sign-in leads."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, request, url_for

from halo import web
from halo.ground.principal import Newcomer, SignedIn
from halo.ground.telemetry.measures import SIGN_INS
from halo.workspaces.accounts import sessions
from halo.workspaces.endpoints import devices

blueprint = Blueprint("workspaces", __name__)


def own_path(wanted: str | None) -> str:
    """The path of ours that `next` names, or the front page: a link never leads from here to another site."""
    if not wanted or not wanted.startswith("/") or wanted.startswith("//") or not wanted.isprintable():
        return "/"
    if "\\" in wanted or len(wanted) > 4000:
        return "/"
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else "/"


def come_in(person_id: str, target: str, workspace_id: str | None = None, *, second_factor: bool = False) -> Response:
    """Sign this browser in under a new session, end the one it had, and go on."""
    end_session()
    token = sessions.start(
        person_id,
        workspace_id=workspace_id,
        address=request.remote_addr or "",
        user_agent=request.user_agent.string,
        second_factor=second_factor,
    )
    response: Any = redirect(target, 303)
    keep_session(response, token)
    devices.remember(response, person_id)
    SIGN_INS.add("ok")
    return response  # type: ignore[no-any-return]


def keep_session(response: Response, token: str) -> None:
    """Give the browser the cookie of its session."""
    web.set_cookie(response, web.session_cookie(), token, web.settings().session_seconds)


def end_session() -> None:
    """End the session that this browser has, if any."""
    old = request.cookies.get(web.session_cookie())
    if old:
        sessions.end_by_token(old)


def drop_cookie(response: Response, name: str) -> None:
    """Take a cookie of ours back."""
    response.delete_cookie(name, path="/", secure=web.settings().secure, httponly=True, samesite="Lax")


def after_sign_in(person: SignedIn) -> str:
    """Where somebody who asked for no page in particular begins."""
    if isinstance(person, Newcomer) and person.is_operator:
        return url_for("operators.flags")
    return url_for("home.home")


@blueprint.after_app_request
def keep_signed_in(response: Response) -> Response:
    """A browser in use stays signed in: now and then its session and cookie get a later end."""
    if response.cache_control.public:  # a cache on the way could hand this browser's cookie to others
        return response
    if any(cookie.startswith(f"{web.session_cookie()}=") for cookie in response.headers.getlist("Set-Cookie")):
        return response  # the view gave it another one, or took it away: the old one must not come back
    person = web.visitor()
    if person is not None and sessions.seen(person.session_id):
        token = request.cookies.get(web.session_cookie(), "")
        keep_session(response, token)
    return response
