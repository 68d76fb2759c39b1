"""Connected apps: which applications act for whom here, what they may do, and how to end it; personal access tokens."""

from __future__ import annotations

import datetime
from typing import Any

from flask import redirect, render_template, request, url_for

from halo import scopes, web
from halo.cookies import show_once, shown_once
from halo.database import now
from halo.errors import Mistake
from halo.oauth import connections, grants, known_clients, personal
from halo.oauth.endpoints import blueprint
from halo.oauth.models import Grant
from halo.permissions import Permission
from halo.web import MEMBER, door, may

LIVE = datetime.timedelta(hours=1)
KINDS = {"dcr": "Registered itself", "cimd": "Client document", "personal": "Access token"}


@blueprint.get("/dashboard/apps")
@door(MEMBER)
def apps() -> Any:
    """One's own connections; with `apps:manage` also those of the whole workspace."""
    return render_template("oauth/apps.html", **_context(), **_form())


@blueprint.post("/dashboard/apps/<uuid:grant_id>/revoke")
@door(MEMBER)
def revoke_app(grant_id: object) -> Any:
    """End a connection; refused from its next call on."""
    return _changed(f"{grants.label(connections.revoke(str(grant_id), principal=web.principal()))} is disconnected.")


@blueprint.post("/dashboard/apps/<uuid:grant_id>/pause")
@door(MEMBER)
def pause_app(grant_id: object) -> Any:
    """Refuse its calls until it is resumed."""
    return _changed(f"{grants.label(connections.pause(str(grant_id), principal=web.principal()))} is paused.")


@blueprint.post("/dashboard/apps/<uuid:grant_id>/resume")
@door(MEMBER)
def resume_app(grant_id: object) -> Any:
    """Let it call again."""
    return _changed(f"{grants.label(connections.resume(str(grant_id), principal=web.principal()))} may call again.")


@blueprint.post("/dashboard/apps/tokens")
@door(may(Permission.APPS_OWN))
def create_token() -> Any:
    """A personal access token, shown once on the next page."""
    principal, form = web.principal(), request.form
    try:
        days = form.get("days", "30")
        grant, text = personal.create(
            form.get("name", ""),
            words=form.getlist("scope"),
            days=int(days) if days.isdecimal() and len(days) < 6 else 0,
            workspace_id=principal.workspace_id or "",
            person_id=principal.person_id,
            principal=principal,
            settings=web.settings(),
        )
    except Mistake as problem:
        return render_template("oauth/apps.html", **_context(), **_form(problem)), 422
    show_once("token", text)
    return web.after_change(url_for("oauth.apps") + "#new-token", f"The token {grant.name} is ready.")


@blueprint.get("/dashboard/apps/tokens")
@door(MEMBER)
def tokens_page() -> Any:
    """For who reloads after a mistake in the form."""
    return redirect(url_for("oauth.apps"), 303)


def _changed(message: str) -> Any:
    shown = request.form.get("show", "")
    return web.after_change(
        url_for("oauth.apps", show=shown or None), message, partial="oauth/_apps.html", **_context()
    )


def _context() -> dict[str, Any]:
    principal = web.principal()
    everyone = request.values.get("show") == "all"
    held = connections.of_workspace(principal=principal, everyone=everyone)
    return {"grants": held, "everyone": everyone, "status": _status, "verified": _verified, "kinds": KINDS}


def _form(problem: Mistake | None = None) -> dict[str, Any]:
    principal = web.principal()
    offered = [(scope, *scopes.describe(scope), scopes.ceiling(scope)) for scope in scopes.ADVERTISED]
    return {
        "new_token": shown_once("token"),
        "problem": problem,
        "offered": [
            {"scope": scope, "title": title, "sentence": sentence, "may": needed is None or principal.may(needed)}
            for scope, title, sentence, needed in offered
        ],
        "days": [(str(days), f"{days} days") for days in personal.DAYS],
        "form": request.form,
    }


def _status(grant: Grant) -> tuple[str, str]:
    """(kind of dot, word)."""
    if grant.expires_at is not None and grant.expires_at <= now():
        return "refused", "Over"
    if grant.paused_at is not None:
        return "off", "Paused"
    if grant.last_used_at is not None and now() - grant.last_used_at < LIVE:
        return "live", "Live"
    return "idle", "Idle" if grant.last_used_at else "Not used yet"


def _verified(grant: Grant) -> str | None:
    return known_clients.verified_by(grant.client.client_id, grant.redirect_uri)
