"""Why a caller sees a tool, or does not."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for

from halo import facts, web
from halo.audit import why
from halo.audit.endpoints import blueprint
from halo.ground.errors import Reason
from halo.ground.permissions import Permission
from halo.ground.principal import Caller, Member
from halo.web import MEMBER, door, queries

SWITCHES, AGENT = "agents.actions", "agents.agent"


@blueprint.get("/dashboard/audit/why")
@door(MEMBER)
def explain() -> Any:
    """Why a connected app (or another caller) sees a tool or not, as the gate answers it now."""
    principal = web.principal()
    asked = queries.read({"grant": queries.text(), "tool": queries.text()}).demand()
    grant_id, name = asked.get("grant"), asked.get("tool")
    answer = why.explain(grant_id, name, principal=principal) if grant_id and name else None
    return render_template(
        "audit/explain.html",
        callers=why.callers(principal=principal),
        tools=why.tools(facts.now_of(principal.workspace_id)),
        grant_id=grant_id,
        tool=name,
        sees_all=principal.may(Permission.APPS_MANAGE),
        sees_log=principal.may(Permission.AUDIT_VIEW),
        answer=answer,
        connect_href=url_for("connect.clients"),
        lifts=_lifts(answer.caller, principal) if answer else {},
    )


def _lifts(caller: Caller, principal: Member) -> dict[Reason, tuple[str, str]]:
    """Where this person can lift a refusal: (what they do there, address), by reason."""
    of = caller.columns()
    person, grant_id = of.get("person_id"), of.get("grant_id")
    owns = person == principal.person_id or principal.may(Permission.APPS_MANAGE)
    leads = principal.may(Permission.TEAM_MANAGE)
    flags = url_for("operators.workspace_flags", slug=caller.workspace.slug)
    member = url_for("workspaces.member", person_id=person) if person else ""
    grant = url_for("apps.app", grant_id=grant_id) if grant_id else ""
    switches = url_for(SWITCHES, holder=caller.holder.replace("_", "-")) if caller.holder else ""
    edits = principal.may(Permission.AGENTS_EDIT)
    agent = url_for(AGENT, agent_id=of["agent_id"]) if of.get("agent_id") else ""
    found = {
        Reason.agent_paused: (edits, "Change its status", agent),
        Reason.agent_archived: (edits, "Restore it", agent),
        Reason.flag_off: (principal.is_operator, "Open the flags", flags),
        Reason.person_inactive: (leads, "Open the team", url_for("workspaces.team")),
        Reason.permission_missing: (leads, "Change what they may do", member),
        Reason.grant_paused: (owns, "Open the connection", grant),
        Reason.scope_missing: (owns, "Edit access", grant),
        Reason.group_declined: (owns, "Edit access", grant),
        Reason.tool_added_later: (owns, "Edit access", grant),
        Reason.group_declined: (owns, "Edit access", grant),
        Reason.toggle_off: (principal.may(Permission.AGENTS_VIEW), "Open the switches", switches),
    }
    return {reason: (words, href) for reason, (may, words, href) in found.items() if may and href}
