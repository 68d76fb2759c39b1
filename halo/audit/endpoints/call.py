"""One call: its facts, the gate's answers, its arguments behind glass, and the same call once more."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from halo import web
from halo.audit import again, payloads, phrases, search, trail
from halo.audit.endpoints import asked, blueprint, workspace_id
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.ledger.executions import OUTCOMES
from halo.ledger.models import ActionExecution
from halo.web import door, may


@blueprint.get("/dashboard/audit/<uuid:execution_id>")
@door(may(Permission.AUDIT_VIEW))
def execution(execution_id: object) -> Any:
    """One call: who, what, what came of it, and what the gate said."""
    row = search.get(workspace_id(), str(execution_id))
    return web.respond("audit/execution.html", "audit/_execution.html", **_facts(row))


@blueprint.post("/dashboard/audit/<uuid:execution_id>/reveal")
@door(may(Permission.AUDIT_VIEW))
def reveal(execution_id: object) -> Any:
    """Break the glass: show this person the call's personal data for a while; who and why is recorded."""
    row = search.get(workspace_id(), str(execution_id))
    typed = request.form.get("why", "")
    try:
        payloads.reveal(row.id, typed, principal=web.principal())
    except Mistake as problem:
        facts = _facts(row) | {"problem": problem, "typed": typed}
        return web.respond("audit/execution.html", "audit/_detail.html", 422, **facts)
    around: dict[str, Any] = dict(asked.read().strictly().everything())
    target = url_for("audit.execution", execution_id=row.id, **around)
    return web.after_change(target, "Revealed to you. It is in the changes.", "audit/_detail.html", **_facts(row))


@blueprint.post("/dashboard/audit/<uuid:execution_id>/rerun")
@door(may(Permission.AUDIT_VIEW))
def rerun(execution_id: object) -> Any:
    """Make the same call as this person and show what it answers now; the answer is not kept, so this is its page."""
    row = search.get(workspace_id(), str(execution_id))
    payload = payloads.shown(row, principal=web.principal())
    try:
        done = again.run(row, payload, principal=web.principal())
    except Mistake as problem:
        return web.respond(
            "audit/execution.html", "audit/_again.html", 422, **_facts(row) | {"obstacle": problem.message}
        )
    return web.respond("audit/execution.html", "audit/_again.html", **_facts(row) | {"done": done})


def _facts(row: ActionExecution) -> dict[str, Any]:
    here, principal = asked.read().strictly(), web.principal()
    payload = payloads.shown(row, principal=principal)
    return {
        "row": row,
        "names": search.names([row], workspace_id=row.workspace_id),
        "phrases": phrases,
        "payload": payload,
        "holders": payloads.who_may(workspace_id()),
        "minutes": payloads.MINUTES,
        "trail": trail.walked(row),
        "obstacle": again.obstacle(row, payload),
        "curl": again.curl(row, payload, url=web.settings().mcp_url),
        "outcome_words": OUTCOMES,
        "link": web.settings().base_url + url_for("audit.execution", execution_id=row.id),
        "here": here,
        "back": here.href(),
        "done": None,
        "problem": None,
        "typed": "",
    }
