"""The doors of this slice; each module under `endpoints` hangs its own on the blueprint."""

from __future__ import annotations

from halo.workspaces.accounts.endpoints import profile, second_step, signing_in, signing_up, two_factor
from halo.workspaces.endpoints import blueprint, invitations, settings, team

__all__ = [
    "blueprint",
    "invitations",
    "profile",
    "second_step",
    "settings",
    "signing_in",
    "signing_up",
    "team",
    "two_factor",
]
