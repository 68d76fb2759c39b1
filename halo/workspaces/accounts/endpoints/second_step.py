"""The second step of signing in: a code of the app, or a recovery code. Neither page is a door to anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from halo import web
from halo.ground.errors import Denied, HaloError, Mistake, NotFound
from halo.ground.telemetry.measures import SIGN_INS
from halo.web import OPEN, door
from halo.web.cookies import pending_cookie
from halo.workspaces.accounts import pending
from halo.workspaces.accounts.endpoints import attempts
from halo.workspaces.endpoints import blueprint, come_in, drop_cookie, end_session, own_path
from halo.workspaces.models import PendingSignIn

RECOVERED = (
    "You are in. That recovery code switched two-factor sign-in off, and your other codes are worth nothing now: "
    "set it up again with your new app."
)


def ask(person_id: str, target: str) -> Any:
    """After the right password: no session yet, and on to the page for the code."""
    end_session()
    response: Any = redirect(url_for("workspaces.signin_code"), 303)
    drop_cookie(response, web.session_cookie())
    web.set_cookie(response, pending_cookie(), pending.begin(person_id, target), pending.SECONDS)
    return response


@blueprint.get("/signin/code")
@door(OPEN)
def signin_code() -> Any:
    """The form for the six digits."""
    return _page("workspaces/signin_code.html")


@blueprint.post("/signin/code")
@door(OPEN)
def take_signin_code() -> Any:
    """Check the code and start the session."""
    return _step("workspaces/signin_code.html", attempts.count_code, pending.finish_with_code)


@blueprint.get("/signin/recovery-code")
@door(OPEN)
def signin_recovery_code() -> Any:
    """The form for who has lost the app, and what using such a code does."""
    return _page("workspaces/signin_recovery_code.html")


@blueprint.post("/signin/recovery-code")
@door(OPEN)
def take_signin_recovery_code() -> Any:
    """Check the recovery code, switch the authenticator off and start the session."""
    template = "workspaces/signin_recovery_code.html"
    return _step(template, attempts.count_recovery_code, pending.finish_with_recovery_code, RECOVERED)


def _step(
    template: str, count: Callable[[str], None], finish: Callable[[str, str], pending.Finished], said: str = ""
) -> Any:
    token = request.cookies.get(pending_cookie(), "")
    try:
        count(pending.get(token).person_id)
        finished = finish(token, request.form.get("code", "")[:100])
    except NotFound:
        return _begin_again(token)
    except Denied as denied:
        SIGN_INS.add("limited")
        return _page(template, denied), 429, attempts.retry_after(denied)
    except Mistake as problem:
        SIGN_INS.add("wrong_code")
        return _page(template, problem), 422
    attempts.forget_codes(finished.person_id)
    if said:
        flash(said, "warning")
    response = come_in(finished.person_id, finished.target, second_factor=True)
    drop_cookie(response, pending_cookie())
    return response


def _page(template: str, problem: HaloError | None = None) -> Any:
    token = request.cookies.get(pending_cookie(), "")
    try:
        waiting: PendingSignIn = pending.get(token)
    except NotFound:
        return _begin_again(token)
    return render_template(template, waiting=waiting, problem=problem)


def _begin_again(token: str) -> Any:
    target = own_path(pending.target_of(token))
    if web.visitor() is not None:
        return redirect(target, 303)
    if token:
        flash("That took longer than ten minutes, or it is over already. Sign in once more.", "warning")
    response: Any = redirect(url_for("workspaces.signin", next=target), 303)
    drop_cookie(response, pending_cookie())
    return response
