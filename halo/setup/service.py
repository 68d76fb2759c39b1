"""Handing out install snippets with the values of the caller's workspace."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from halo.ground.database.quick import Prepared
from halo.ground.errors import NotFound
from halo.ground.principal import Principal
from halo.ground.settings import Settings
from halo.setup import snippets
from halo.setup.snippets import Framework, Snippet
from halo.workspaces.models import Workspace

_WIDGET_KEY = Prepared(select(Workspace.widget_key).where(Workspace.id == bindparam("workspace_id")))


def install_snippet(framework: Framework, *, principal: Principal, settings: Settings) -> Snippet:
    """The snippet that puts this workspace's widget on a site."""
    row = _WIDGET_KEY.first(workspace_id=principal.workspace_id)
    if row is None:
        raise NotFound("workspace")
    return snippets.snippet(
        framework,
        workspace_id=principal.workspace_id,
        widget_key=row[0],
        cdn_url=settings.cdn_url,
        base_url=settings.base_url,
    )
