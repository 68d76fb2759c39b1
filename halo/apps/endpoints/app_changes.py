"""What a person does about a connection: edit, pause, resume, revoke, report; and about many at once."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from halo import web
from halo.apps import access, connections, reports, summaries, sweeps
from halo.apps.endpoints import blueprint
from halo.apps.endpoints.apps import changed, confirm, wrong
from halo.consent.offers import GroupTicks
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.ground.spoken import count
from halo.oauth import grants
from halo.web import MEMBER, door, may, queries

_IDLE = {"days": queries.one_of(str(days) for days in sweeps.DAYS), "show": queries.one_of(["all"])}


@blueprint.post("/dashboard/apps/<uuid:grant_id>/pause")
@door(MEMBER)
def pause_app(grant_id: object) -> Any:
    """Refuse its calls until it is resumed."""
    grant = connections.pause(str(grant_id), principal=web.principal())
    return changed(grant, f"{grants.label(grant)} is paused.")


@blueprint.post("/dashboard/apps/<uuid:grant_id>/resume")
@door(MEMBER)
def resume_app(grant_id: object) -> Any:
    """Let it call again."""
    grant = connections.resume(str(grant_id), principal=web.principal())
    return changed(grant, f"{grants.label(grant)} may call again.")


@blueprint.post("/dashboard/apps/<uuid:grant_id>/access")
@door(MEMBER)
def edit_app(grant_id: object) -> Any:
    """What it may do, from its next call on."""
    principal, form = web.principal(), request.form
    ticked, is_grouped = form.getlist("scope"), form.get("grouped") == "yes"
    groups = GroupTicks(frozenset(form.getlist("groups-shown")), frozenset(form.getlist("group")))
    try:
        offered = access.cards(connections.get(str(grant_id), principal=principal), principal=principal)
        grant = access.change(
            str(grant_id),
            ticked,
            later=form.getlist("later"),
            left_out=groups.left_out(offered),
            principal=principal,
            is_grouped=is_grouped,
        )
    except Mistake as problem:
        return wrong(connections.get(str(grant_id), principal=principal), problem)
    return changed(grant, f"{grants.label(grant)} has what you left on, from its next call.")


@blueprint.route("/dashboard/apps/<uuid:grant_id>/revoke", methods=["GET", "POST"])
@door(MEMBER)
def revoke_app(grant_id: object) -> Any:
    """Asks once more, then ends a connection; refused from its next call on."""
    principal = web.principal()
    if request.method == "POST":
        grant = connections.revoke(str(grant_id), principal=principal)
        return changed(grant, f"{grants.label(grant)} is disconnected.")
    grant = connections.get(str(grant_id), principal=principal)
    return confirm(
        f"Revoke {grants.label(grant)}?",
        "Its next call is refused, and it cannot refresh. To use it again, it has to be connected and allowed again.",
        url_for("apps.revoke_app", grant_id=grant.id),
        "Revoke",
        url_for("apps.app", grant_id=grant.id),
        [grant],
    )


@blueprint.route("/dashboard/apps/<uuid:grant_id>/revoke-everywhere", methods=["GET", "POST"])
@door(may(Permission.APPS_MANAGE))
def revoke_everywhere(grant_id: object) -> Any:
    """Lists every connection of this app in the workspace, then ends them all."""
    principal = web.principal()
    if request.method == "POST":
        ended = sweeps.revoke_app(str(grant_id), principal=principal)
        return web.after_change(url_for("apps.apps", show="all"), f"{count(ended, 'connection')} ended.")
    grant = connections.find(str(grant_id), principal=principal)
    found = sweeps.of_app(grant, principal=principal)
    return confirm(
        f"Revoke {grant.client.name} for everybody?",
        f"{count(len(found), 'connection')} of this app in {principal.workspace_name} would end at once.",
        url_for("apps.revoke_everywhere", grant_id=grant.id),
        f"Revoke {count(len(found), 'connection')}",
        url_for("apps.app", grant_id=grant.id),
        found,
    )


@blueprint.post("/dashboard/apps/<uuid:grant_id>/report")
@door(MEMBER)
def report_app(grant_id: object) -> Any:
    """Tell admins that an app does what it should not."""
    principal = web.principal()
    try:
        grant = reports.file(str(grant_id), request.form.get("why", ""), principal=principal)
    except Mistake as problem:
        return wrong(connections.find(str(grant_id), principal=principal), problem)
    return changed(grant, f"{grant.client.name} is reported.")


@blueprint.post("/dashboard/apps/<uuid:grant_id>/report/settled")
@door(may(Permission.APPS_MANAGE))
def settle_report(grant_id: object) -> Any:
    """Lets a reported app be."""
    grant = reports.settle(str(grant_id), principal=web.principal())
    return changed(grant, f"What was reported of {grant.client.name} is settled.")


@blueprint.route("/dashboard/apps/idle", methods=["GET", "POST"])
@door(MEMBER)
def idle_apps() -> Any:
    """Lists what nobody used for a while, then ends what was listed."""
    principal = web.principal()
    asked = queries.read(_IDLE, sent=((name, request.values.getlist(name)) for name in _IDLE)).demand()
    days, everyone = int(asked.get("days") or 60), asked.get("show") == "all"
    found = sweeps.idle(days, principal=principal, everyone=everyone)
    if request.method == "POST":
        chosen = request.form.getlist("grant")
        ended = sweeps.revoke_idle(days, chosen, principal=principal, everyone=everyone)
        return web.after_change(
            url_for("apps.apps", show="all" if everyone else None), f"{count(ended, 'idle connection')} ended."
        )
    return render_template(
        "apps/idle.html", rows=summaries.apps(found), days=days, choices=sweeps.DAYS, everyone=everyone
    )
