"""Saved views: keeping the filters of a list under a name, and deleting them."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from halo import web
from halo.audit import saved
from halo.audit.endpoints import asked, blueprint
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.web import door, may
from halo.workspaces.accounts import people


@blueprint.get("/dashboard/audit/views")
@door(may(Permission.AUDIT_VIEW))
def saved_views() -> Any:
    """The views that this person sees, and the form that keeps the filters of the URL."""
    return _page()


@blueprint.post("/dashboard/audit/views")
@door(may(Permission.AUDIT_VIEW))
def save_view() -> Any:
    """Keep the filters of the URL under a name, for oneself or for everybody who reads the log."""
    here, form = asked.read().strictly(), request.form
    is_shared = form.get("shared") == "on"
    try:
        view = saved.save(form.get("name", ""), here.words(), is_shared=is_shared, principal=web.principal())
    except Mistake as problem:
        return _page(problem), 422
    return web.after_change(here.href(), f"The view {view.name} is saved.")


@blueprint.post("/dashboard/audit/views/<uuid:view_id>/removal")
@door(may(Permission.AUDIT_VIEW))
def remove_view(view_id: object) -> Any:
    """Delete a view: one's own, or as an admin a shared one."""
    view = saved.remove(str(view_id), principal=web.principal())
    return web.after_change(url_for("audit.saved_views"), f"The view {view.name} is deleted.")


def _page(problem: Mistake | None = None) -> str:
    views = saved.visible_to(principal=web.principal())
    return render_template(
        "audit/saved_views.html",
        here=asked.read().strictly(),
        views=views,
        owners=people.names_of([view.person_id for view in views]),
        may_remove=lambda view: saved.may_remove(view, principal=web.principal()),
        typed=request.form,
        errors={problem.field: problem.message} if problem else {},
    )
