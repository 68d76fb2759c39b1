"""The doors of this slice; each module under `endpoints` hangs its own on the blueprint."""

from __future__ import annotations

from halo.external.endpoints import blueprint, published, sign_in

__all__ = ["blueprint", "published", "sign_in"]
