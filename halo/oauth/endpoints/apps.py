"""Connected apps (stub for import)."""
from __future__ import annotations
from halo.oauth.endpoints import blueprint
from halo.web import door, may
from halo.permissions import Permission

@blueprint.get("/dashboard/apps")
@door(may(Permission.APPS_OWN))
def apps() -> str:
    return "x"
