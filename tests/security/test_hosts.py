"""In production Halo answers under its own name alone, whatever is asked and by whichever way in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

HALO = "https://halo.example"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
MakeApp = Callable[..., Flask]


def asked(app: Flask, path: str, host: str, **headers: str) -> int:
    """The status of the answer to a request that was sent to this host."""
    is_call = path.startswith("/api/mcp")
    options = {"method": "POST", "json": PING} if is_call else {"method": "GET"}
    return app.test_client().open(path, base_url=HALO, headers={"Host": host, **headers}, **options).status_code


@pytest.mark.parametrize("path", ["/signin", "/api/mcp", "/api/mcp/w/acme", "/.well-known/oauth-authorization-server"])
def test_another_host_is_refused_in_production(make_app: MakeApp, path: str) -> None:
    app = make_app(environment="production", base_url=HALO)
    for host in ("evil.example", "halo.example.evil.example", "halo.example:8443", "127.0.0.1:8000", ""):
        assert asked(app, path, host) == 421
    for host in ("halo.example", "HALO.example", "halo.example:443"):
        assert asked(app, path, host) in (200, 401)


def test_the_refusal_says_what_to_do(make_app: MakeApp) -> None:
    app = make_app(environment="production", base_url=HALO)
    answer = app.test_client().get("/", base_url="https://evil.example")
    assert answer.mimetype == "text/plain"
    assert "HALO_BASE_URL" in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_load_balancer_may_ask_by_address(make_app: MakeApp, path: str) -> None:
    assert asked(make_app(environment="production", base_url=HALO), path, "10.0.0.7:8000") == 200


def test_behind_a_proxy_the_host_is_what_the_proxy_was_asked_for(make_app: MakeApp) -> None:
    app = make_app(environment="production", base_url=HALO, proxies=1)
    assert asked(app, "/signin", "internal:8000", X_Forwarded_Host="halo.example") == 200
    assert asked(app, "/signin", "halo.example", X_Forwarded_Host="halo.example, evil.example") == 421
    assert asked(app, "/signin", "halo.example") == 200


def test_without_a_proxy_nobody_may_say_another_host(make_app: MakeApp) -> None:
    app = make_app(environment="production", base_url=HALO)
    assert asked(app, "/signin", "evil.example", X_Forwarded_Host="halo.example") == 421


def test_in_development_every_name_is_answered(make_app: MakeApp) -> None:
    assert asked(make_app(), "/signin", "my-laptop.local:8000") == 200
