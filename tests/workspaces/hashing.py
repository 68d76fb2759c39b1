"""Whether a password's digest, which takes long, is computed while others wait to write."""

from __future__ import annotations

import pytest

from halo.ground import database
from halo.workspaces.accounts import passwords


def depths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fills with the depth of `one_change` at every digest from now on; 0 is outside."""
    found: list[int] = []
    digest = passwords.digest

    def watched(password: str) -> str:
        found.append(getattr(database._in_change, "depth", 0))
        return digest(password)

    monkeypatch.setattr(passwords, "digest", watched)
    return found
