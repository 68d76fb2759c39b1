"""The doors of this slice; each module under `endpoints` hangs its own on the blueprint."""

from __future__ import annotations

from halo.audit.endpoints import blueprint, call, calls, configuration, explain, saved_views

__all__ = ["blueprint", "call", "calls", "configuration", "explain", "saved_views"]
