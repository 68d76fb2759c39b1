"""The doors of the slice, gathered: importing the modules hangs their views on the blueprint."""

from __future__ import annotations

from halo.oauth.endpoints import apps, authorize, blueprint, consent, metadata, register, revoke, token

__all__ = ["apps", "authorize", "blueprint", "consent", "metadata", "register", "revoke", "token"]
