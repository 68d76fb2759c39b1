"""The yardstick of calls to connected servers: a Flask view that sends what comes on over a pooled httpx, and back."""

from __future__ import annotations

import functools

import httpx
from flask import Flask, request


def create_forwarder(to: str) -> Flask:
    """One view, no database, one pool of connections a process."""
    app = Flask("forwarder")
    pool = httpx.Client(limits=httpx.Limits(max_connections=100, max_keepalive_connections=100), trust_env=False)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/api/mcp")
    def call() -> dict[str, object]:
        asked = request.get_json()
        answer = pool.post(to, json=asked).json()
        return {"jsonrpc": "2.0", "id": asked["id"], "result": answer["result"]}

    return app


def forwarding(to: str) -> functools.partial[Flask]:
    """What makes it in each worker."""
    return functools.partial(create_forwarder, to)
