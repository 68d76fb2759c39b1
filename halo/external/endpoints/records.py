"""What has happened with a server: the changes of it and its tools, and the calls of them."""

from __future__ import annotations

from typing import Any

from flask import url_for

from halo import web
from halo.audit import history, phrases, search
from halo.audit.search import Filters
from halo.external import timeline
from halo.external.endpoints import blueprint, page
from halo.external.endpoints.page import VIEW
from halo.ground.permissions import Permission
from halo.ledger.executions import OUTCOMES
from halo.servers import connecting
from halo.web import door, may


@blueprint.get("/dashboard/integrations/mcp/<server>/changes")
@door(may(VIEW))
def server_changes(server: str) -> Any:
    """The history of its lock: who took what, with the differences, and the ways back."""
    found = connecting.get(server, principal=web.principal())
    return page.shown("server_changes", "_changes", server, found=found, **changes_of(found))


def changes_of(found: Any) -> dict[str, Any]:
    """What the tab of changes takes."""
    return {
        "happened": timeline.told(found),
        "ways": timeline.ways_back(found),
        "label": history.label,
        "word": history.word,
        "reads_audit": web.principal().may(Permission.AUDIT_VIEW),
    }


@blueprint.get("/dashboard/integrations/mcp/<server>/calls")
@door(may(VIEW))
def server_calls(server: str) -> Any:
    """Its last calls, as the audit log has them, for who may read that."""
    principal = web.principal()
    found = connecting.get(server, principal=principal)
    context: dict[str, Any] = {"calls": None}
    if principal.may(Permission.AUDIT_VIEW):
        context["calls"] = search.page(found.workspace_id, Filters(server=found.id), reads_payloads=False).rows[:20]
        context["subject_names"] = search.names(context["calls"], workspace_id=found.workspace_id)
        context |= {
            "all_href": url_for("audit.executions", server=found.id),
            "phrases": phrases,
            "outcome_words": OUTCOMES,
        }
    return page.shown("server_calls", "_calls", server, found=found, **context)
