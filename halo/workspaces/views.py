"""The doors of this slice; each module under `endpoints` hangs its own on the blueprint."""

from __future__ import annotations

from halo.workspaces.endpoints import (
    blueprint,
    home,
    invitations,
    profile,
    settings,
    signing_in,
    signing_up,
    team,
)

__all__ = ["blueprint", "home", "invitations", "profile", "settings", "signing_in", "signing_up", "team"]
