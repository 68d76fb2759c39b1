"""Making a workspace: by a stranger with a new account, or by somebody who is signed in.

Halo sends no mail, so an address is not proven. A taken address gets the same words as any other mistake of the form.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from halo import web
from halo.ground.database import one_change
from halo.ground.errors import Denied, HaloError, Mistake, NotFound
from halo.ground.text import names
from halo.web import OPEN, PERSON, door
from halo.workspaces import workspaces
from halo.workspaces.accounts import people, sessions
from halo.workspaces.accounts.endpoints import attempts
from halo.workspaces.endpoints import blueprint, come_in
from halo.workspaces.models import Person, Workspace

TAKEN = "This did not work with that e-mail address. If you have an account already, sign in first."


@blueprint.get("/signup")
@door(OPEN)
def signup() -> Any:
    """The form for a new account with its workspace."""
    _demand_open()
    if web.visitor() is not None:
        return redirect(url_for("workspaces.new_workspace"), 303)
    return render_template("workspaces/signup.html", problem=None, form={})


@blueprint.post("/signup")
@door(OPEN)
def sign_up() -> Any:
    """Make the account and the workspace, and sign in."""
    _demand_open()
    form = request.form
    try:
        attempts.count_sign_up()
        person, workspace = _make(form.get("email", ""), form.get("name", ""), form.get("password", ""))
    except Denied as denied:
        return render_template("workspaces/signup.html", problem=denied, form=form), 429, attempts.retry_after(denied)
    except Mistake as problem:
        return render_template("workspaces/signup.html", problem=problem, form=form), 422
    return come_in(person.id, url_for("home.home"), workspace.id)


@blueprint.get("/workspaces/new")
@door(PERSON)
def new_workspace() -> Any:
    """The form for one more workspace; for somebody who is in none, the place to begin."""
    return _new_form(None)


@blueprint.post("/workspaces")
@door(PERSON)
def create_workspace() -> Any:
    """Make a workspace and look at it."""
    _demand_open()
    name = request.form.get("workspace", "")
    try:
        attempts.count_sign_up()
        owner = people.get(web.person().person_id)
        workspace = workspaces.create(name, workspaces.free_slug(name), owner, principal=web.person())
    except Denied as denied:
        return _new_form(denied), 429, attempts.retry_after(denied)
    except Mistake as problem:
        return _new_form(problem), 422
    sessions.switch(workspace.slug, principal=web.person())
    return redirect(url_for("home.home"), 303)


def _make(email: str, name: str, password: str) -> tuple[Person, Workspace]:
    title = names.chosen(request.form.get("workspace", ""), "workspace", of="name for the workspace")
    if people.find(email) is not None:
        raise Mistake("email", TAKEN)
    new = people.prepared(email, name, password)
    with one_change():
        person = people.add(new)
        return person, workspaces.create(title, workspaces.free_slug(title), person)


def _demand_open() -> None:
    if not web.settings().sign_up:
        raise NotFound("page: new workspaces are made by the operators of this Halo instance")


def _new_form(problem: HaloError | None) -> Any:
    return render_template(
        "workspaces/new_workspace.html",
        problem=problem,
        name=request.form.get("workspace", ""),
        may_create=web.settings().sign_up,
    )
