"""The answer of the consent page: where it goes, and that pressing twice, Back and waiting are harmless."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from halo.ground.database import db
from halo.oauth.models import ConsentRequest, Grant
from tests import cast
from tests.oauth.clock import age
from tests.oauth.flow import CONSENT, OAuthTestClient, a_client, answer, signed_in
from tests.support.browser import Browser

one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def test_s33_deny_goes_to_the_client_with_state_and_iss(app: Flask) -> None:
    browser = signed_in(app)
    said = a_client(app).consent(browser, press="deny")
    assert said["error"] == "access_denied"
    assert (said["state"], said["iss"]) == ("the-state", app.extensions["halo"].base_url)
    assert browser.response.headers["Location"].startswith("http://127.0.0.1:8765/callback?")


def test_s31_a_second_press_gives_the_same_answer(app: Flask) -> None:
    browser = signed_in(app)
    client = a_client(app)
    client.consent_page(browser)
    form = browser.page.values(browser.page.form("consent"), "allow")
    first = browser.client.post(CONSENT, data=form)
    second = browser.client.post(CONSENT, data=form)
    denied_later = browser.client.post(CONSENT, data=form | {"decision": "deny"})
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"] == denied_later.headers["Location"]
    assert client.redeem(answer(first)["code"]).status_code == 200
    with app.app_context():
        assert len(db.session.scalars(select(Grant)).all()) == 1


def name_of(browser: Browser, client: OAuthTestClient) -> str:
    """The name of a fresh request of the client."""
    response = client.ask(browser)
    return response.headers["Location"].split("request=")[1]


def test_s31_the_page_of_an_answered_request_has_the_way_on(app: Flask) -> None:
    browser = signed_in(app)
    client = a_client(app)
    name = name_of(browser, client)
    browser.get(f"/mcp/authorize?request={name}")
    browser.submit("consent", status=303, press="allow")
    given = browser.response.headers["Location"]
    assert browser.get(f"/mcp/authorize?request={name}").one(id="go-on").get("href") == given
    with app.app_context():
        age(ConsentRequest, 61)
    page = browser.get(f"/mcp/authorize?request={name}", status=410)
    assert "code=" not in page.html
    assert "/api/mcp/oauth/authorize?" in (page.one(id="restart").get("href") or "")


def test_an_answer_is_given_again_only_to_the_person_who_gave_it(app: Flask) -> None:
    browser = signed_in(app)
    client = a_client(app)
    name = name_of(browser, client)
    browser.get(f"/mcp/authorize?request={name}")
    browser.submit("consent", status=303, press="allow")
    signed_in(app, cast.ADMIN).get(f"/mcp/authorize?request={name}", status=410)


def test_a_request_dies_after_ten_minutes_and_can_be_started_again(app: Flask) -> None:
    browser = signed_in(app)
    client = a_client(app)
    client.consent_page(browser)
    with app.app_context():
        age(ConsentRequest, 601)
    browser.submit("consent", status=410, press="allow")
    page = browser.get(browser.page.one(id="restart").get("href") or "")
    assert browser.at == "/mcp/authorize"
    browser.submit("consent", status=303, press="allow")
    assert answer(browser.response)["state"] == "the-state"
    assert page


@one_database
def test_an_unknown_request_is_a_page(app: Flask) -> None:
    browser = signed_in(app)
    for name in ("", "nothing", "é", "x" * 3000):
        browser.get(f"/mcp/authorize?request={name}", status=404)


@one_database
def test_consent_needs_the_forms_token(app: Flask) -> None:
    browser = signed_in(app)
    client = a_client(app)
    name = name_of(browser, client)
    response = browser.client.post(CONSENT, data={"request": name, "decision": "allow", "scope": "docs:read"})
    assert response.status_code == 403
    assert "Location" not in response.headers


def test_s32_an_application_scheme_gets_a_page_that_goes_on(app: Flask) -> None:
    uri = "cursor://anysphere.cursor-mcp/oauth/callback"
    browser = signed_in(app)
    client = a_client(app, redirect_uris=[uri])
    client.consent_page(browser)
    assert "Opens Cursor on this device" in browser.page.text
    assert "form-action 'self' cursor:" in browser.response.headers["Content-Security-Policy"]
    page = browser.submit("consent", status=200, press="allow")
    target = page.one(id="go-on").get("href") or ""
    assert target.startswith(uri + "?code=halo_ac_")
    assert page.one("meta", http_equiv="refresh").get("content") == f"0;url={target}"
    assert "close this page" in page.text
