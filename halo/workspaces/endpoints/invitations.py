"""What somebody sees who follows an invitation's link: join, sign in first, or make an account."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from halo import web
from halo.ground.errors import Denied, HaloError, Mistake, Reason
from halo.ground.permissions import Role
from halo.web import OPEN, PERSON, door
from halo.workspaces import invitations, workspaces
from halo.workspaces.accounts import people, sessions
from halo.workspaces.accounts.endpoints import attempts
from halo.workspaces.endpoints import blueprint, come_in


@blueprint.get("/invitation/<token>")
@door(OPEN)
def invitation(token: str) -> Any:
    """Who invites whom into what, and the way in that fits this visitor."""
    return _page(token)


@blueprint.post("/invitation/<token>")
@door(OPEN)
def accept_as_new(token: str) -> Any:
    """Make the account, join, and sign in."""
    form = request.form
    try:
        attempts.count_sign_up()
        person = invitations.accept_as_new(token, form.get("name", ""), form.get("password", ""))
    except Mistake as problem:
        return _page(token, problem), 422
    except Denied as denied:
        if denied.reason is not Reason.rate_limited:
            raise
        return _page(token, denied), 429, attempts.retry_after(denied)
    return come_in(person.id, url_for("home.home"))


@blueprint.post("/invitation/<token>/acceptance")
@door(PERSON)
def accept(token: str) -> Any:
    """Join with the account that is signed in."""
    principal = web.person()
    workspace_id = invitations.accept(token, person_id=principal.person_id)
    joined = next(
        workspace for workspace, _ in workspaces.of_person(principal.person_id) if workspace.id == workspace_id
    )
    sessions.switch(joined.slug, principal=principal)
    flash(f"You are now in {joined.name}.")
    return redirect(url_for("home.home"), 303)


def _page(token: str, problem: HaloError | None = None) -> Any:
    held = invitations.of_token(token)
    return render_template(
        "workspaces/invitation.html",
        token=token,
        invitation=held,
        role=Role(held.role).label,
        has_account=people.find(held.email) is not None,
        problem=problem,
        name=request.form.get("name", ""),
    )
