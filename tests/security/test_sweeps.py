"""Ending everything means everything, however many connections a page lists."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from halo.apps import connections
from halo.ground.database import db, now
from halo.oauth.models import Grant
from tests import cast, factories
from tests.oauth.flow import signed_in


@pytest.fixture
def grants(app: Flask) -> list[str]:
    """Five old connections of one app, the oldest first."""
    with app.app_context():
        client = factories.an_oauth_client("Notes")
        old = now() - datetime.timedelta(days=70)
        return [factories.a_grant(client=client, person=cast.SUPPORT, created_at=old).id for _ in range(5)]


def live(app: Flask) -> int:
    with app.app_context():
        alive = select(func.count()).select_from(Grant).where(Grant.revoked_at.is_(None))
        return db.session.scalar(alive) or 0


def test_revoking_an_app_everywhere_reaches_what_no_page_lists(
    app: Flask, grants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.of_workspace.__kwdefaults__, "most", 2)
    browser = signed_in(app, cast.ADMIN)
    page = browser.get(f"/dashboard/apps/{grants[0]}/revoke-everywhere")
    assert "5 connections" in page.text
    browser.submit("confirm-form")
    assert live(app) == 0


def test_the_longest_idle_are_not_hidden_behind_newer_connections(
    app: Flask, grants: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.of_workspace.__kwdefaults__, "most", 2)
    browser = signed_in(app, cast.SUPPORT)
    browser.get("/dashboard/apps/idle?days=60")
    assert "5 idle connections ended" in browser.submit("idle-form").text
    assert live(app) == 0
