"""Signing in, out, and the front page."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from halo import web
from halo.ground.errors import Denied, HaloError
from halo.ground.principal import Newcomer
from halo.ground.telemetry.measures import SIGN_INS
from halo.web import OPEN, PERSON, door
from halo.workspaces import workspaces
from halo.workspaces.accounts import passwords, people, sessions, two_factor
from halo.workspaces.accounts.endpoints import attempts, second_step
from halo.workspaces.endpoints import after_sign_in, blueprint, come_in, drop_cookie, end_session, own_path

WRONG = "The e-mail address or the password is wrong."
"""The same for an unknown address, a wrong password and a closed account."""


@blueprint.get("/")
@door(OPEN)
def landing() -> Any:
    """Signed out: what Halo is. Signed in: on to where one works."""
    person = web.visitor()
    if person is None:
        return render_template("workspaces/landing.html")
    if isinstance(person, Newcomer) and not person.is_operator:
        return redirect(url_for("workspaces.new_workspace"), 303)
    return redirect(after_sign_in(person), 303)


@blueprint.get("/signin")
@door(OPEN)
def signin() -> Any:
    """The sign-in form; who is signed in already goes on."""
    target = own_path(request.args.get("next"))
    if web.visitor() is not None:
        return redirect(target, 303)
    return _form(target)


@blueprint.post("/signin")
@door(OPEN)
def sign_in() -> Any:
    """Check the password; start a session of its own, or ask for the second factor first."""
    target = own_path(request.form.get("next"))
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        attempts.count_sign_in(email)
    except Denied as denied:
        SIGN_INS.add("limited")
        return _form(target, problem=denied, email=email), 429, attempts.retry_after(denied)
    person = sessions.sign_in(email, password[: passwords.LONGEST + 1])
    if person is None:
        SIGN_INS.add("wrong_password")
        return _form(target, problem=HaloError(WRONG), email=email), 422
    attempts.forget_failures(email)
    if two_factor.of_person(person.id) is not None:
        return second_step.ask(person.id, target)
    return come_in(person.id, target)


@blueprint.post("/signout")
@door(OPEN)
def signout() -> Any:
    """End this browser's session; harmless when it has ended already."""
    end_session()
    response: Any = redirect(own_path(request.form.get("next")), 303)
    drop_cookie(response, web.session_cookie())
    return response


@blueprint.post("/workspaces/<slug>/current")
@door(PERSON)
def switch(slug: str) -> Any:
    """Look at another workspace of one's own."""
    sessions.switch(slug, principal=web.person())
    return redirect(url_for("home.home"), 303)


@blueprint.app_context_processor
def switcher() -> dict[str, Any]:
    """The workspaces that the switcher of every page offers."""
    person = web.visitor()
    if person is None:
        return {}
    return {"workspaces_of_person": [workspace for workspace, _ in workspaces.of_person(person.person_id)]}


def _form(target: str, *, problem: HaloError | None = None, email: str = "") -> Any:
    return render_template(
        "workspaces/signin.html",
        next=target,
        problem=problem,
        email=email,
        demo=() if web.settings().production else people.introduced(),
        demo_password=passwords.DEMO,
    )
