"""What the widget on a page may know of the workspace before anybody says who they are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from halo.ground.database.quick import Prepared
from halo.ground.errors import NotFound
from halo.workspaces.models import Workspace

_WORKSPACE = Prepared(
    select(Workspace.name, Workspace.identity_required).where(Workspace.id == bindparam("workspace_id"))
)


def configuration(workspace_id: str) -> dict[str, Any]:
    """Names and switches for the page; the agent is the workspace itself as long as agents are not switched on."""
    row = _WORKSPACE.first(workspace_id=workspace_id.replace("\x00", ""))
    if row is None:
        raise NotFound("workspace")
    name, identity_required = row
    agent = {
        "id": None,
        "name": name,
        "skills": [],
        "avatar_config": {},
        "voice_config": {},
        "flow_config": {"steps": [], "custom_variables": []},
        "live_help_label": None,
        "video_display_mode": None,
        "status": "inactive",
    }
    return {"agent": agent, "organization": {"name": name, "settings": {"identity_required": bool(identity_required)}}}
