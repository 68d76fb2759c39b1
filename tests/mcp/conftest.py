from __future__ import annotations

import pytest
from flask import Flask

from tests.mcp.speaker import Speaker, a_speaker


@pytest.fixture
def speaker(app: Flask) -> Speaker:
    """Acme's owner's client, with the three read scopes."""
    return a_speaker(app)
