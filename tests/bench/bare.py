"""The yardstick: a Flask view that parses the JSON-RPC request and returns a fixed result."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from flask import Flask, request

from halo.ground.settings import Settings, development_settings
from halo.serve import web_worker
from halo.serve.server import serve

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
    """What Halo's own loader does for a worker, with the bare app at the end."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.settings = settings

    def __call__(self) -> Flask:
        web_worker.leave_terminal()
        web_worker.die_with_parent()
        web_worker.claim_core(self.settings.instance, self.settings.workers)
        return create_bare()


def main(port: int, instance: Path, threads: int) -> None:
    """Serve the bare app on the port."""
    settings = replace(development_settings(instance=instance), port=port, threads=threads)
    serve(settings, loader=BareLoader(settings))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
