"""How long the log is kept: the choice, and what would go."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for

from halo import web
from halo.audit import retention
from halo.audit.endpoints import blueprint, workspace_id
from halo.ground import log_limits
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.web import door, may, queries


@blueprint.get("/dashboard/audit/retention")
@door(may(Permission.SETTINGS_MANAGE))
def log_retention() -> Any:
    """What is chosen; with days in the address, what a choice of those would remove."""
    text = queries.text()
    asked = queries.read({"calls": text, "changes": text, "waits": text, "look": text}).demand()
    kept = retention.kept_in(workspace_id())
    if not asked.get("look"):
        return _page(_typed(kept.calls_days), _typed(kept.changes_days), waits=kept.waits)
    return _page(asked.get("calls") or "", asked.get("changes") or "", waits=asked.get("waits") == "on", looks=True)


@blueprint.post("/dashboard/audit/retention")
@door(may(Permission.SETTINGS_MANAGE))
def set_log_retention() -> Any:
    """Keep the log that long; what is older begins to go at once. Asked to look, it keeps nothing and shows that."""
    form = request.form
    calls, changes, waits = form.get("calls", ""), form.get("changes", ""), form.get("waits") == "on"
    if form.get("look"):
        asked: dict[str, Any] = {
            "look": "1",
            "calls": calls or None,
            "changes": changes or None,
            "waits": "on" if waits else None,
        }
        return redirect(url_for("audit.log_retention", **asked), 303)
    try:
        days = retention.days(calls, "calls"), retention.days(changes, "changes")
    except Mistake:
        return _page(calls, changes, waits=waits)
    retention.choose(*days, waits=waits, principal=web.principal())
    return web.after_change(url_for("audit.log_retention"), "Saved. It is in the changes.")


def _page(calls: str, changes: str, *, waits: bool, looks: bool = False) -> Any:
    errors: dict[str, str] = {}
    days: dict[str, int | None] = {"calls": None, "changes": None}
    for name, typed in (("calls", calls), ("changes", changes)):
        try:
            days[name] = retention.days(typed, name)
        except Mistake as problem:
            errors[name] = problem.message
    going = {} if errors else retention.preview(days["calls"], days["changes"], waits=waits, principal=web.principal())
    return web.respond(
        "audit/log_retention.html",
        "audit/_retention.html",
        422 if errors else 200,
        kept=retention.kept_in(workspace_id()),
        typed={"calls": calls, "changes": changes},
        waits=waits,
        looks=looks,
        going=going,
        errors=errors,
        least=log_limits.RETENTION_LEAST_DAYS,
        choices=retention.CHOICES,
    )


def _typed(days: int | None) -> str:
    return "" if days is None else str(days)
