"""Halo with the fixtures of the conformance suite: `FLASK_APP=tests.conformance.wsgi flask serve`.

The workers are forked from the process that imports this, so that they have the fixtures too.
"""

from __future__ import annotations

import halo.mcp.views  # noqa: F401 - the product's own tools first
from halo import create_app
from tests.conformance import fixtures

fixtures.register()
app = create_app()
