"""What a stranger is told to ask for follows from whether any server is offered to clients, and needs no database."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from halo.servers import source
from tests import cast
from tests.servers.rows import a_server

RPC = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


def asked_for(app: Flask) -> str:
    told = app.test_client().post("/api/mcp", json=RPC)
    assert told.status_code == 401
    return told.headers["WWW-Authenticate"].partition('scope="')[2].partition('"')[0]


def test_a_client_is_told_to_ask_for_actions_once_a_server_is_offered_to_clients(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "BELIEVED_SECONDS", 0)
    with app.app_context():
        a_server("https://one.example/mcp")
    assert "actions:*" not in asked_for(app)
    with app.app_context():
        a_server("https://two.example/mcp", slug="two", workspace=cast.UMBRA, for_clients=True)
    assert "actions:*" in asked_for(app).split()


def test_a_stranger_is_challenged_while_the_database_is_away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_parameters: object) -> None:
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(source, "_FOR_CLIENTS", type("Away", (), {"first": staticmethod(away)}))
    assert asked_for(app) == "docs:read setup:read data:read"
