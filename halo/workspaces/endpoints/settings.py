"""The workspace's settings, in sections that each save themselves, and its keys."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any

from flask import render_template, request, url_for

from halo import web
from halo.flags import service as flags
from halo.ground import limits
from halo.ground.database import now
from halo.ground.errors import HaloError, Mistake
from halo.ground.permissions import Permission
from halo.jobs import heartbeat
from halo.web import door, may
from halo.web.cookies import show_once, shown_once
from halo.workspaces import currencies, workspaces
from halo.workspaces.accounts import people, two_factor
from halo.workspaces.endpoints import blueprint
from halo.workspaces.models import Workspace

LIMIT_LABELS = {
    "calls_per_workspace": "Whole workspace",
    "calls_per_client": "Each connected app",
    "web_calls_per_client": "Each app, web tools",
}
SECTIONS = (
    ("general", "General"),
    ("security", "Security"),
    ("keys", "Keys"),
    ("identity", "Identity"),
    ("audit", "Audit log"),
    ("limits", "Call limits"),
    ("flags", "Flags"),
)
"""Anchors of the page, in its order, and what its own navigation calls them."""
NAMES_SHOWN = 10


@blueprint.get("/dashboard/settings")
@door(may(Permission.SETTINGS_MANAGE))
def workspace_settings() -> Any:
    """Every section, and the flags that operators hold."""
    return _page(secret=shown_once("identity_secret"))


@blueprint.post("/dashboard/settings/general")
@door(may(Permission.SETTINGS_MANAGE))
def change_general() -> Any:
    """Name, time zone and currency."""
    form = request.form
    return _saved(
        "general",
        lambda: workspaces.update(
            name=form.get("name", ""),
            time_zone=form.get("time_zone", ""),
            currency=form.get("currency"),
            principal=web.principal(),
        ),
        "Name, time zone and currency are saved.",
    )


@blueprint.post("/dashboard/settings/identity/on")
@door(may(Permission.SETTINGS_MANAGE))
def demand_identity() -> Any:
    """Refuse known end users without a signed identity."""
    words = "From now on a known end user needs a signed identity."
    return _saved("identity", lambda: workspaces.update(identity_required=True, principal=web.principal()), words)


@blueprint.post("/dashboard/settings/identity/off")
@door(may(Permission.SETTINGS_MANAGE))
def waive_identity() -> Any:
    """Take a known end user's word for who they are."""
    words = "Known end users are taken without a signed identity."
    return _saved("identity", lambda: workspaces.update(identity_required=False, principal=web.principal()), words)


@blueprint.post("/dashboard/settings/audit")
@door(may(Permission.SETTINGS_MANAGE))
def change_audit() -> Any:
    """What the audit log keeps of arguments."""
    mode = request.form.get("audit_payloads", "")
    words = "Saved. It counts for calls from now on; older ones stay as they were kept."
    return _saved("audit", lambda: workspaces.update(audit_payloads=mode, principal=web.principal()), words)


@blueprint.post("/dashboard/settings/limits")
@door(may(Permission.SETTINGS_MANAGE))
def change_limits() -> Any:
    """Calls a minute."""
    typed = {name: request.form.get(name, "") for name in limits.DEFAULTS}
    words = "The limits are saved, and in force on the next call."
    return _saved("limits", lambda: workspaces.update(call_limits=typed, principal=web.principal()), words)


@blueprint.post("/dashboard/settings/two-factor/on")
@door(may(Permission.SETTINGS_MANAGE))
def demand_two_factor() -> Any:
    """Ask everybody for two-factor sign-in."""
    words = "Everybody needs two-factor sign-in now. Who has none is led to set it up on the next click."
    return _saved("security", lambda: workspaces.demand_two_factor(True, principal=web.principal()), words)


@blueprint.post("/dashboard/settings/two-factor/off")
@door(may(Permission.SETTINGS_MANAGE))
def release_two_factor() -> Any:
    """Leave two-factor sign-in to each person."""
    words = "Two-factor sign-in is left to each person."
    return _saved("security", lambda: workspaces.demand_two_factor(False, principal=web.principal()), words)


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
    return _keys_changed("The secret is shown once. The audit log says that you looked.", secret)


def _keys_changed(message: str, secret: str = "") -> Any:
    if secret:
        web.keep_plain()
    if not web.is_htmx() and secret:
        show_once("identity_secret", secret)
    return _answer("keys", message, secret=secret)


def _saved(section: str, change: Callable[[], Workspace], message: str) -> Any:
    """Make the change; the section alone for htmx, the page otherwise, and in both what was wrong beside its field."""
    try:
        change()
    except Mistake as problem:
        if web.is_htmx():
            return render_template(f"workspaces/_{section}.html", **_context(problem, section)), 422
        return _page(problem, section), 422
    return _answer(section, message)


def _answer(section: str, message: str, **context: Any) -> Any:
    target = url_for("workspaces.workspace_settings") + f"#{section}"
    shown = _context() | context | {"said": message} if web.is_htmx() else {}
    return web.after_change(target, message, partial=f"workspaces/_{section}.html", **shown)


def _page(problem: HaloError | None = None, section: str = "", secret: str | None = None) -> Any:
    page = _context(problem, section) | {"secret": secret, "work": heartbeat.pulse(now())}
    return render_template("workspaces/workspace_settings.html", **page)


def _context(problem: Mistake | HaloError | None = None, section: str = "") -> dict[str, Any]:
    workspace = workspaces.current(principal=web.principal())
    lacking = two_factor.lacking(workspace.id)
    return {
        "workspace": workspace,
        "form": _form_of(workspace) | (request.form.to_dict() if section else {}),
        "errors": {problem.field: problem.message} if isinstance(problem, Mistake) else {},
        "sections": SECTIONS,
        "time_zones": sorted(zoneinfo.available_timezones()),
        "currencies": currencies.CODES,
        "audit_modes": workspaces.AUDIT_MODES,
        "limit_labels": LIMIT_LABELS,
        "default_limits": limits.DEFAULTS,
        "highest_limits": workspaces.highest_limits(principal=web.principal()),
        "lacking": lacking[:NAMES_SHOWN],
        "lacking_count": len(lacking),
        "has_two_factor": two_factor.of_person(web.principal().person_id) is not None,
        "flags": flags.held_in(workspace.id, named=people.names_of),
    }


def _form_of(workspace: Workspace) -> dict[str, Any]:
    """The sections' fields as the workspace has them."""
    return {
        "name": workspace.name,
        "time_zone": workspace.time_zone,
        "currency": workspace.currency,
        "audit_payloads": workspace.audit_payloads,
    } | {name: workspace.limits.get(name, "") for name in limits.DEFAULTS}
