"""The workspace's currency: chosen on Settings, recorded, taken back, and said beside every amount."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from halo.ground.database import db
from halo.ledger.models import Change
from tests import cast
from tests.cast import ADMIN, OWNER
from tests.contacts.calls import call
from tests.contacts.rows import a_company, an_end_user
from tests.support.browser import Browser

SETTINGS = "/dashboard/settings"


def test_amounts_are_in_dollars_until_the_workspace_chooses(app: Flask, browser: Browser) -> None:
    with app.app_context():
        company = a_company("Northwind", mrr=551.2, arr=6614.4)
        an_end_user("Jane", company=company, mrr=10)
        assert "MRR 551.20 USD, ARR 6,614.40 USD" in call("data_find_company", name="Northwind").text
    browser.sign_in(ADMIN).get(SETTINGS)
    assert browser.page.values(browser.page.form("general-form"))["currency"] == "USD"
    browser.submit("general-form", currency="EUR")
    with app.app_context():
        for name, says in (
            ("data_find_company", "MRR 551.20 EUR, ARR 6,614.40 EUR"),
            ("data_search_companies", "MRR 551.20 EUR"),
            ("data_find_user", "MRR 551.20 EUR"),
            ("data_search_users", "MRR 10 EUR"),
        ):
            told = call(name, **({} if "search" in name else {"name": "Northwind" if "company" in name else "Jane"}))
            assert says in told.text
            assert told.data["currency"] == "EUR"


def test_the_change_is_recorded_and_can_be_taken_back(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER).get(SETTINGS)
    browser.submit("general-form", currency="chf ")
    with app.app_context():
        change = db.session.scalars(select(Change).where(Change.event == "workspace.updated")).one()
        assert (change.before, change.after) == ({"currency": "USD"}, {"currency": "CHF"})
        identity = change.id
    browser.get(f"/dashboard/audit/changes/{identity}")
    browser.submit("revert-form")
    with app.app_context():
        assert cast.workspace().currency == "USD"


@pytest.mark.parametrize("wrong", ["XXX", "EURO", "€", "usd usd", "EU\u200bR"])
def test_what_is_no_currency_in_use_is_refused_beside_its_field(app: Flask, browser: Browser, wrong: str) -> None:
    page = browser.sign_in(OWNER).post(SETTINGS + "/general", {"name": "Acme", "currency": wrong}, status=422)
    assert "three letters (ISO 4217)" in "".join(page.one(id="general").itertext())
    with app.app_context():
        assert cast.workspace().currency == "USD"


def test_a_page_of_the_release_before_leaves_the_currency_alone(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER).get(SETTINGS)
    browser.submit("general-form", currency="EUR")
    browser.post(SETTINGS + "/general", {"name": "Acme", "time_zone": "UTC"})
    with app.app_context():
        assert cast.workspace().currency == "EUR"
