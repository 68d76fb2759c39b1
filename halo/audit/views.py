"""The doors of this slice; each module under `endpoints` hangs its own on the blueprint."""

from __future__ import annotations

from halo.audit.endpoints import blueprint, call, calls, configuration, explain, retention, saved_views, streams

__all__ = [
    "blueprint", "call", "calls", "configuration", "explain", "retention", "saved_views", "streams",
]  # fmt: skip
