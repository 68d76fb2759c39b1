"""Strangers can look at a watched address as often as they like: beyond what is kept, they make Halo write nothing."""

from __future__ import annotations

from flask import Flask

from halo.oauth import steps
from tests import cast
from tests.support.browser import Browser
from tests.support.statements import watched

METADATA = "/.well-known/oauth-protected-resource/api/mcp/w/acme"


def test_a_full_panel_costs_no_write(app: Flask, browser: Browser) -> None:
    browser.sign_in(cast.OWNER).get("/dashboard/connect")
    wire = app.test_client()
    for _ in range(steps.MOST):
        wire.get(METADATA)
    with watched(app) as statements:
        for _ in range(5):
            assert wire.get(METADATA).status_code == 200
    reads = ("SELECT", "PRAGMA", "BEGIN")
    assert [said for said, _ in statements if not said.lstrip().upper().startswith(reads)] == []
