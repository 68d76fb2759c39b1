"""The doors of this slice, gathered: importing the modules hangs their views on the blueprint."""

from __future__ import annotations

from halo.apps.endpoints import access_tokens, admissions, app_changes, apps, blueprint, logo

__all__ = ["access_tokens", "admissions", "app_changes", "apps", "blueprint", "logo"]
