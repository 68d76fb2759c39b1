"""Which apps may connect to the workspace: the choice, what it would do to the apps of this workspace, and then it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from halo import web
from halo.apps.endpoints import blueprint
from halo.ground.permissions import Permission
from halo.oauth import admission
from halo.oauth.admission import Admits
from halo.web import door, may, queries


@blueprint.get("/dashboard/apps/admission")
@door(may(Permission.APPS_MANAGE))
def admissions() -> Any:
    """The policy in force; with a choice in the address, whom it would let in and keep out."""
    principal = web.principal()
    now = admission.policy_of(principal.workspace_id)
    chosen = queries.read(dict.fromkeys(admission.KINDS, queries.one_of(Admits))).demand().values
    wanted = admission.policy({**now.words(), **chosen}.items())
    return render_template(
        "apps/admission.html",
        now=now,
        wanted=wanted,
        is_trial=wanted != now,
        verdicts=admission.dry_run(wanted, principal=principal),
        kinds=admission.KINDS,
        options=list(Admits),
    )


@blueprint.post("/dashboard/apps/admission")
@door(may(Permission.APPS_MANAGE))
def decide_admission() -> Any:
    """The choice, in force at the next consent."""
    wanted = admission.policy(request.form.items())
    admission.change(wanted, principal=web.principal())
    return web.after_change(url_for("apps.admissions"), "The apps that may connect are decided.")
