"""The yardsticks: applications that do next to nothing, on the server and with the settings that Halo has.

python -m tests.bench.bare 9001 /tmp/instance 32              # parses the request, returns a fixed result
python -m tests.bench.bare 9001 /tmp/instance 32 upstream     # answers as an MCP server (`upstream`)
python -m tests.bench.bare 9001 /tmp/instance 32 http://...   # sends it on to one (`forwarder`)
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask, request

from halo.ground.settings import Settings, development_settings
from halo.serve import web_worker
from halo.serve.server import serve
from tests.bench.forwarder import forwarding
from tests.bench.upstream import create_upstream

RESULT = {"content": [{"type": "text", "text": "fixed"}], "isError": False}


def create_bare() -> Flask:
    """One view, no database."""
    app = Flask("bare")

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/api/mcp")
    def call() -> dict[str, object]:
        return {"jsonrpc": "2.0", "id": request.get_json()["id"], "result": RESULT}

    return app


class BareLoader(web_worker.Loader):
    """What Halo's own loader does for a worker, with another app at the end."""

    def __init__(self, settings: Settings, make: Callable[[], Any]) -> None:
        super().__init__(settings)
        self.settings, self.make = settings, make

    def __call__(self) -> Any:
        web_worker.leave_terminal()
        web_worker.die_with_parent()
        web_worker.claim_core(self.settings.instance, self.settings.workers)
        return self.make()


def main(port: int, instance: Path, threads: int, what: str = "") -> None:
    """Serve one of them on the port."""
    make: Callable[[], Any] = create_upstream if what == "upstream" else forwarding(what) if what else create_bare
    settings = replace(development_settings(instance=instance), port=port, threads=threads)
    serve(settings, loader=BareLoader(settings, make))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:5])
