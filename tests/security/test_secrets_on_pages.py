"""Pages that show a secret: their length tells nothing of it, and a new session's cookie is not overwritten."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask
from sqlalchemy import update

from halo.ground.database import now, one_change
from halo.workspaces.accounts import sessions
from halo.workspaces.models import BrowserSession
from tests.cast import OWNER, PASSWORD, VIEWER
from tests.support.browser import Browser
from tests.workspaces.authenticator import PATH, App

SETTINGS = "/dashboard/settings"
GZIP = {"Accept-Encoding": "gzip"}


def test_a_page_is_compressed_only_while_it_shows_no_secret(browser: Browser) -> None:
    browser.sign_in(OWNER)
    assert browser.client.get(SETTINGS, headers=GZIP).headers["Content-Encoding"] == "gzip"
    token = {"csrf_token": browser.csrf_token()}
    once = browser.client.post(SETTINGS + "/identity-secret/revelation", data=token, headers=GZIP)
    assert once.status_code == 303
    shown = browser.client.get(SETTINGS, headers=GZIP)
    assert "ha_secret_" in shown.text and "Content-Encoding" not in shown.headers
    assert browser.client.get(SETTINGS, headers=GZIP).headers["Content-Encoding"] == "gzip"
    part = browser.client.post(
        SETTINGS + "/identity-secret/revelation", data=token, headers={**GZIP, "HX-Request": "true"}
    )
    assert "ha_secret_" in part.text and "Content-Encoding" not in part.headers


def test_neither_the_secret_of_the_app_nor_the_codes_are_compressed_beside_text_from_the_address(
    browser: Browser,
) -> None:
    browser.sign_in(VIEWER).get(PATH)
    browser.submit("setup-two-factor", password=PASSWORD)
    page = browser.client.get(PATH + "/setup?next=/abcd", headers=GZIP)
    assert "/abcd" in page.text and "Content-Encoding" not in page.headers
    secret = "".join(browser.page.one(id="by-hand").find(".//{*}code").text.split())
    token = browser.csrf_token()
    browser.client.post(PATH + "/on", data={"csrf_token": token, "code": App(secret).code()})
    codes = browser.client.get(PATH + "/recovery-codes", headers=GZIP)
    assert 'id="codes"' in codes.text and "Content-Encoding" not in codes.headers


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_cookie_of_a_new_session_is_not_overwritten_by_the_old_one(app: Flask, browser: Browser) -> None:
    """Whoever took long to scan the code is noted as seen on the very request that gives the new cookie."""
    browser.sign_in(VIEWER).get(PATH)
    browser.submit("setup-two-factor", password=PASSWORD)
    secret = "".join(browser.page.one(id="by-hand").find(".//{*}code").text.split())
    with app.app_context(), one_change() as rows:
        rows.execute(update(BrowserSession).values(last_seen_at=now() - datetime.timedelta(hours=1)))
        sessions.in_use.get().forget()
    browser.submit("switch-on", code=App(secret).code())
    assert browser.at == PATH + "/recovery-codes"
