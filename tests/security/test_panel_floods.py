"""Strangers can look at a watched address as often as they like: beyond what is kept, they make Halo write nothing."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import event

from halo.ground.database import db
from halo.oauth import steps
from tests import cast
from tests.support.browser import Browser

METADATA = "/.well-known/oauth-protected-resource/api/mcp/w/acme"


def test_a_full_panel_costs_no_write(app: Flask, browser: Browser) -> None:
    browser.sign_in(cast.OWNER).get("/dashboard/connect")
    wire, written = app.test_client(), []
    for _ in range(steps.MOST):
        wire.get(METADATA)

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN")):
            written.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        for _ in range(5):
            assert wire.get(METADATA).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert written == []
