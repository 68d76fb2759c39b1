"""The doors of the slice, gathered: importing the modules hangs their views on the blueprint."""

from __future__ import annotations

from halo.oauth.endpoints import authorize, blueprint, metadata, register, revoke, token

__all__ = ["authorize", "blueprint", "metadata", "register", "revoke", "token"]
