"""What becomes of a person's connections when they leave a workspace; `halo/wiring.py` tells the workspaces."""

from __future__ import annotations

from halo.ground.principal import SignedIn
from halo.oauth import grants
from halo.workspaces.holdings import Holding


def held(workspace_id: str, person_id: str) -> list[Holding]:
    """The connected apps and personal access tokens that act for this member."""
    return [
        Holding("token" if grant.kind == "personal" else "app", grants.label(grant), tuple(grant.scopes.split()))
        for grant in grants.of_person(workspace_id, person_id)
    ]


def end(workspace_id: str, person_id: str, *, principal: SignedIn | None) -> int:
    """End every connection of a person who leaves the workspace, inside the current change; how many there were."""
    live = grants.of_person(workspace_id, person_id)
    for grant in live:
        grants.end(grant, "member_removed", principal=principal)
    return len(live)
