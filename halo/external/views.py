"""The doors of this slice; each module under `endpoints` hangs its own on the blueprint."""

from __future__ import annotations

from halo.external.endpoints import api, blueprint, published, sign_in

__all__ = ["api", "blueprint", "published", "sign_in"]
