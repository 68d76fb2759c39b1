"""No view of the audit log reads a table from end to end, however its filters are combined."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from halo.audit import search
from halo.audit.counting import counts
from halo.ground.database import db
from halo.ledger import tally
from tests.bench import audit, million, plans
from tests.cast import OWNER
from tests.support.browser import Browser
from tests.support.statements import watched


@pytest.mark.parametrize("is_big", [False, True])
def test_every_view_goes_by_an_index(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch, is_big: bool
) -> None:
    with app.app_context():
        known = million.plant(200, theirs=36)
        tally.catch_up(60)
        if db.engine.dialect.name == "postgresql":
            _as_new()
            million.analyze()
        addresses = audit.views(app, known)
    if is_big:  # the ways that a million rows take, with few
        monkeypatch.setattr(counts, "LIVE", 0)
        monkeypatch.setattr(counts, "FINE", 0)
        for name in ("NEAR", "WINDOW", "SPARSE_WINDOW"):
            monkeypatch.setattr(search, name, 20)
    browser.sign_in(OWNER)
    for words, address in addresses.items():
        with watched(app) as statements:
            audit.served(browser, address)
        with app.app_context():
            if db.engine.dialect.name == "postgresql":  # which reads a table of a few pages whole, and rightly so
                db.session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
            assert plans.whole_tables(statements) == [], words


def _as_new() -> None:
    """Tables and indexes as large as their rows: what earlier tests deleted makes one look dearer than another."""
    db.session.rollback()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM FULL changes, action_executions"))
