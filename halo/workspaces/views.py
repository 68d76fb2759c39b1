"""The doors of this slice; each module under `endpoints` hangs its own on the blueprint."""

from __future__ import annotations

from halo.workspaces.endpoints import (
    blueprint,
    home,
    invitations,
    profile,
    second_step,
    settings,
    signing_in,
    signing_up,
    team,
    two_factor,
)

__all__ = [
    "blueprint",
    "home",
    "invitations",
    "profile",
    "second_step",
    "settings",
    "signing_in",
    "signing_up",
    "team",
    "two_factor",
]
