"""The workspace's settings and keys."""

from __future__ import annotations

import zoneinfo
from typing import Any

from flask import render_template, request, url_for

from halo import limits, web
from halo.cookies import show_once, shown_once
from halo.errors import HaloError, Mistake
from halo.flags import service as flags
from halo.permissions import Permission
from halo.web import door, may
from halo.workspaces import workspaces
from halo.workspaces.endpoints import blueprint
from halo.workspaces.models import Workspace

LIMIT_LABELS = {
    "calls_per_workspace": "Calls a minute, whole workspace",
    "calls_per_client": "Calls a minute, each connected app",
    "web_calls_per_client": "Web calls a minute, each connected app",
}


@blueprint.get("/dashboard/settings")
@door(may(Permission.SETTINGS_MANAGE))
def workspace_settings() -> Any:
    """Name, time zone, keys, audit, limits, and the flags that operators hold."""
    return _page()


@blueprint.post("/dashboard/settings")
@door(may(Permission.SETTINGS_MANAGE))
def change_settings() -> Any:
    """Change what the form shows."""
    form = request.form
    try:
        workspaces.update(
            principal=web.principal(),
            name=form.get("name", ""),
            time_zone=form.get("time_zone", ""),
            identity_required=form.get("identity_required") == "on",
            audit_payloads=form.get("audit_payloads", ""),
            call_limits={name: form.get(name, "") for name in limits.DEFAULTS},
        )
    except Mistake as problem:
        return _page(problem), 422
    return web.after_change(url_for("workspaces.workspace_settings"), "The settings are saved.")


@blueprint.post("/dashboard/settings/widget-key")
@door(may(Permission.SETTINGS_MANAGE))
def rotate_widget_key() -> Any:
    """Replace the publishable key."""
    workspaces.rotate_widget_key(principal=web.principal())
    return _keys_changed("The widget key is replaced. Put the new one into your pages.")


@blueprint.post("/dashboard/settings/identity-secret")
@door(may(Permission.SETTINGS_MANAGE))
def rotate_identity_secret() -> Any:
    """Replace the secret that signs identity tokens."""
    secret = workspaces.rotate_identity_secret(principal=web.principal())
    return _keys_changed("The identity secret is replaced. Put the new one on your server.", secret)


@blueprint.post("/dashboard/settings/identity-secret/revelation")
@door(may(Permission.SETTINGS_MANAGE))
def reveal_identity_secret() -> Any:
    """Show the secret once; the audit log says who looked."""
    secret = workspaces.reveal_identity_secret(principal=web.principal())
    return _keys_changed("The identity secret is shown below, once.", secret)


def _keys_changed(message: str, secret: str | None = None) -> Any:
    if secret is not None and not web.is_htmx():
        show_once("identity_secret", secret)
    workspace = workspaces.current(principal=web.principal())
    target = url_for("workspaces.workspace_settings") + "#keys"
    return web.after_change(target, message, partial="workspaces/_keys.html", workspace=workspace, secret=secret)


def _page(problem: HaloError | None = None) -> Any:
    workspace = workspaces.current(principal=web.principal())
    return render_template(
        "workspaces/workspace_settings.html",
        workspace=workspace,
        form=request.form if problem is not None else _form_of(workspace),
        problem=problem,
        errors={problem.field: problem.message} if isinstance(problem, Mistake) else {},
        secret=shown_once("identity_secret"),
        time_zones=sorted(zoneinfo.available_timezones()),
        audit_modes=workspaces.AUDIT_MODES,
        limit_labels=LIMIT_LABELS,
        default_limits=limits.DEFAULTS,
        flags=flags.held_in(workspace.id),
    )


def _form_of(workspace: Workspace) -> dict[str, Any]:
    """The form's fields as the workspace has them."""
    return {
        "name": workspace.name,
        "time_zone": workspace.time_zone,
        "identity_required": "on" if workspace.identity_required else "",
        "audit_payloads": workspace.audit_payloads,
    } | {name: workspace.limits.get(name, "") for name in limits.DEFAULTS}
