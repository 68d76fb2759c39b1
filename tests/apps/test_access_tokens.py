"""Personal access tokens on their page: made, shown once, bound, listed, ended."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from halo import demo
from halo.contacts.models import EndUser
from halo.ground.database import db
from halo.oauth.models import Grant
from tests import cast
from tests.oauth.flow import is_good, signed_in
from tests.support.browser import Browser

PAGE = "/dashboard/apps/tokens"


def made(browser: Browser, **fields: object) -> str:
    """The text of a new token, from the page that shows it once."""
    browser.get(PAGE)
    asked = {"name": "Nightly report", "days": "7", "scope": ["docs:read", "data:read"]} | fields
    page = browser.submit("token-form", **asked)
    return next(it.text or "" for it in page.all("code") if (it.text or "").startswith("halo_at_"))


def test_a_token_is_made_shown_once_with_how_to_use_it_and_works(app: Flask) -> None:
    browser = signed_in(app, cast.SUPPORT)
    text = made(browser)
    assert "curl -s" in browser.page.text
    assert is_good(app, text)
    assert text not in browser.get(PAGE).html
    assert "Nightly report" in browser.page.text


def test_a_token_stands_among_the_connections_and_is_revoked_like_one(app: Flask) -> None:
    browser = signed_in(app, cast.SUPPORT)
    text = made(browser)
    assert "Nightly report" in browser.get("/dashboard/apps").text
    row = next(it.get("id") or "" for it in browser.page.all("tr") if it.get("id"))
    browser.get(f"/dashboard/apps/{row.removeprefix('app-')}/revoke")
    browser.submit("confirm-form")
    assert not is_good(app, text)


def test_a_read_scope_that_was_left_empty_stays_out_beside_all_actions(app: Flask) -> None:
    made(signed_in(app, cast.OWNER), scope=["actions:*", "docs:read"])
    with app.app_context():
        assert db.session.scalar(select(Grant.scopes).where(Grant.kind == "personal")) == "docs:read actions:*"


def test_a_token_is_bound_to_one_customer(app: Flask) -> None:
    with app.app_context():
        demo.seed_small()
        email = db.session.scalar(select(EndUser.email).where(EndUser.email.is_not(None)).limit(1))
    browser = signed_in(app, cast.SUPPORT)
    made(browser, customer=email)
    assert "one customer only" in browser.get(PAGE).text
    with app.app_context():
        grant = db.session.scalar(select(Grant).where(Grant.name == "Nightly report"))
        assert db.session.get(EndUser, grant.end_user_id).email == email


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"scope": []}, "Choose at least one of"),
        ({"name": " "}, "Enter a name"),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"name": "Nightly\u3164"}, "The name holds U+3164"),
        ({"days": "4000"}, "days"),
        ({"customer": "nobody@nowhere.test"}, "There is no customer"),
    ],
)
def test_what_does_not_fit_is_said_beside_it_and_makes_nothing(app: Flask, fields: dict, says: str) -> None:
    browser = signed_in(app, cast.SUPPORT)
    browser.get(PAGE)
    page = browser.submit("token-form", 422, **({"name": "X", "scope": ["docs:read"], "days": "7"} | fields))
    assert says in page.text
    with app.app_context():
        assert db.session.scalar(select(Grant.id).where(Grant.kind == "personal")) is None


def test_another_person_does_not_see_it(app: Flask) -> None:
    made(signed_in(app, cast.SUPPORT))
    for email in (cast.VIEWER, cast.STRANGER):
        assert "Nightly report" not in signed_in(app, email).get(PAGE).text
