"""One's own account: name, password, and the browsers that are signed in."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from halo import web
from halo.ground.errors import Denied, HaloError, Mistake
from halo.ground.principal import Member
from halo.web import MEMBER, PERSON, door
from halo.workspaces import consequences, members, workspaces
from halo.workspaces.accounts import people, sessions, two_factor
from halo.workspaces.accounts.endpoints import attempts
from halo.workspaces.endpoints import blueprint

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS X", "macOS"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
)
SECTIONS = (
    ("name", "Name"),
    ("password", "Password"),
    ("two-factor", "Two-factor"),
    ("sessions", "Browsers"),
    ("workspaces", "Workspaces"),
)
"""Anchors of the page, in its order, and what its own navigation calls them."""


@blueprint.get("/dashboard/profile")
@door(PERSON)
def profile() -> Any:
    """The account of the person who is signed in."""
    return _page()


@blueprint.post("/dashboard/profile")
@door(PERSON)
def rename() -> Any:
    """Change one's name."""
    try:
        people.rename(request.form.get("name", ""), principal=web.person())
    except Mistake as problem:
        return _page(problem), 422
    return web.after_change(url_for("workspaces.profile") + "#name", "Your name is changed.")


@blueprint.post("/dashboard/profile/password")
@door(PERSON)
def change_password() -> Any:
    """Change one's password; the other browsers are signed out."""
    form = request.form
    try:
        attempts.count_password_check(web.person())
        people.change_password(form.get("old_password", ""), form.get("new_password", ""), principal=web.person())
    except Denied as problem:
        return _page(problem), 429
    except Mistake as problem:
        return _page(problem), 422
    message = "Your password is changed. Your other browsers are signed out."
    return web.after_change(url_for("workspaces.profile") + "#password", message)


@blueprint.post("/dashboard/profile/sessions/<uuid:session_id>/end")
@door(PERSON)
def end_session(session_id: object) -> Any:
    """Sign one of one's browsers out."""
    sessions.end(str(session_id), person_id=web.person().person_id)
    return _sessions_changed("That browser is signed out.")


@blueprint.post("/dashboard/profile/sessions/end")
@door(PERSON)
def end_other_sessions() -> Any:
    """Sign every other browser out."""
    ended = sessions.end_all(web.person().person_id, but=web.person().session_id)
    return _sessions_changed(f"Signed out elsewhere: {ended}.")


@blueprint.post("/dashboard/profile/departure")
@door(MEMBER)
def leave() -> Any:
    """Leave the workspace that the browser looks at."""
    principal = web.principal()
    name = principal.workspace_name
    try:
        members.remove(principal.workspace_id, principal.person_id, principal=principal)
    except Mistake as problem:
        return _page(problem), 422
    others = workspaces.of_person(principal.person_id)
    if others:
        sessions.switch(others[0][0].slug, principal=principal)
    return web.after_change(url_for("workspaces.profile"), f"You have left {name}.")


@blueprint.app_template_filter("browser_name")
def browser_name(user_agent: str) -> str:
    """The browser and system that a user agent names, as far as it can be told."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or user_agent.partition(" ")[0][:40] or "Unknown browser"


def _sessions_changed(message: str) -> Any:
    return web.after_change(
        url_for("workspaces.profile") + "#sessions",
        message,
        partial="workspaces/_sessions.html",
        sessions=sessions.of_person(web.person().person_id),
    )


def _page(problem: HaloError | None = None) -> Any:
    principal = web.person()
    here = principal.workspace_id if isinstance(principal, Member) else None
    authenticator = two_factor.of_person(principal.person_id)
    return render_template(
        "workspaces/profile.html",
        sections=SECTIONS,
        person=people.get(principal.person_id),
        authenticator=authenticator,
        codes_left=two_factor.codes_left(principal.person_id) if authenticator else 0,
        total_codes=two_factor.CODES,
        demanded_by=two_factor.demanded_by(principal.person_id),
        ends=consequences.of_removal(here, principal.person_id) if here else None,
        form=request.form if problem is not None else {},
        workspaces=workspaces.of_person(principal.person_id),
        sessions=sessions.of_person(principal.person_id),
        problem=problem,
    )
