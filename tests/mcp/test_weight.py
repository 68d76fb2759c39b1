"""What a worker imports for both eras of the protocol: types and pure functions, never the SDK's client and server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.parts import ROOT
from tests.support.stores import SECRET

HEAVY = ("mcp", "starlette", "uvicorn", "voyageai", "sse_starlette")
SCRIPT = f"""
import sys
from app import app
from halo.mcp import ladder
assert ladder.inbound.classify_inbound_request
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_no_worker_imports_the_sdk(tmp_path: Path) -> None:
    environment = os.environ | {"HALO_ENV": "test", "HALO_SECRET_KEY": SECRET, "HALO_INSTANCE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
