"""Personal access tokens: made for a script, shown once, listed with their last use."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from halo import web
from halo.apps import connections, personal, summaries
from halo.apps.endpoints import blueprint
from halo.ground import scopes
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.web import door, may
from halo.web.cookies import show_once, shown_once


@blueprint.get("/dashboard/apps/tokens")
@door(may(Permission.APPS_OWN))
def access_tokens() -> Any:
    """One's own tokens, and the form for another."""
    return _page()


@blueprint.post("/dashboard/apps/tokens")
@door(may(Permission.APPS_OWN))
def create_token() -> Any:
    """A personal access token, shown once on the next page."""
    principal, form = web.principal(), request.form
    days = form.get("days", "30")
    try:
        grant, text = personal.create(
            form.get("name", ""),
            words=form.getlist("scope"),
            days=int(days) if days.isdecimal() and len(days) < 6 else 0,
            workspace_id=principal.workspace_id,
            person_id=principal.person_id,
            principal=principal,
            settings=web.settings(),
            customer=form.get("customer", ""),
            permissions=form.getlist("permission"),
            lendable=web.lendable(),
        )
    except Mistake as problem:
        return _page(problem), 422
    show_once("token", text)
    return web.after_change(url_for("apps.access_tokens") + "#new-token", f"The token {grant.name} is ready.")


def _page(problem: Mistake | None = None) -> Any:
    principal = web.principal()
    mine = [it for it in connections.of_workspace(principal=principal, everyone=False) if it.kind == "personal"]
    offered = [(scope, *scopes.describe(scope), scopes.ceiling(scope)) for scope in scopes.ADVERTISED]
    return render_template(
        "apps/tokens.html",
        rows=summaries.apps(mine),
        new_token=shown_once("token"),
        errors={problem.field: problem.message} if problem else {},
        offered=[
            {"scope": scope, "title": title, "sentence": sentence, "may": needed is None or principal.may(needed)}
            for scope, title, sentence, needed in offered
        ],
        lendable=[{"word": it, "may": principal.may(it)} for it in Permission if it in web.lendable()],
        days=[(str(days), f"{days} days") for days in personal.DAYS],
        form=request.form,
    )
