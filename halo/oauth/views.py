"""The doors of the slice, gathered: importing the modules hangs their views on the blueprint."""

from __future__ import annotations

from halo.oauth.endpoints import (
    access_tokens,
    admissions,
    app_changes,
    apps,
    authorize,
    blueprint,
    closing,
    consent,
    logo,
    metadata,
    preview,
    register,
    revoke,
    token,
)

__all__ = [
    "access_tokens",
    "admissions",
    "app_changes",
    "apps",
    "authorize",
    "blueprint",
    "closing",
    "consent",
    "logo",
    "metadata",
    "preview",
    "register",
    "revoke",
    "token",
]
