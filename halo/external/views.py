"""The doors of this slice; each module under `endpoints` hangs its own on the blueprint."""

from __future__ import annotations

from halo.external.endpoints import (
    api,
    blueprint,
    doctor,
    published,
    records,
    servers,
    settings,
    showing,
    sign_in,
    tools,
    trying,
    wizard,
)

__all__ = [
    "api", "blueprint", "doctor", "published", "records", "servers", "settings", "showing", "sign_in", "tools",
    "trying", "wizard",
]  # fmt: skip
