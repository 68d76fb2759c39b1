"""Whether a password's digest, which takes long, is computed while others wait to write."""

from __future__ import annotations

import pytest

from halo.ground import database
from halo.workspaces.accounts import passwords


def depths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fills at every digest from now on: 1 where a change is under way, 0 outside."""
    found: list[int] = []
    digest = passwords.digest

    def watched(password: str) -> str:
        found.append(_is_changing())
        return digest(password)

    monkeypatch.setattr(passwords, "digest", watched)
    return found


def _is_changing() -> int:
    try:
        database.after_commit(lambda: None)
    except RuntimeError:
        return 0
    return 1
