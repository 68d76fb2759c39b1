"""The doors of this slice, gathered: importing the modules hangs their views on the blueprint."""

from __future__ import annotations

from halo.consent.endpoints import blueprint, closing, consent, preview

__all__ = ["blueprint", "closing", "consent", "preview"]
