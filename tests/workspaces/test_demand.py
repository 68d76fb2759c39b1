"""A workspace that asks everybody for two-factor sign-in."""

from __future__ import annotations

import pytest
from flask import Flask

from tests import cast
from tests.cast import ADMIN, OWNER, PASSWORD, STRANGER, VIEWER
from tests.factories import a_token
from tests.oauth.flow import a_client, is_good
from tests.support.browser import Browser
from tests.workspaces.authenticator import PATH, App, given_to, password_given, set_up

SETTINGS = "/dashboard/settings"


@pytest.fixture
def demanded(app: Flask, make_browser) -> Browser:
    """The owner's browser; Acme asks everybody."""
    owner = make_browser().sign_in(OWNER)
    set_up(owner)
    owner.get(SETTINGS)
    owner.submit("demand-two-factor")
    return owner


def test_who_asks_for_it_must_have_it(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER).get(SETTINGS)
    assert not browser.page.all("form", id="demand-two-factor")
    page = browser.post(SETTINGS + "/two-factor/on", status=422)
    assert "shut yourself out" in "".join(page.one(id="security").itertext())
    with app.app_context():
        assert not cast.workspace().two_factor_required


def test_the_page_says_who_lacks_it_before_anybody_presses(browser: Browser) -> None:
    set_up(browser.sign_in(OWNER))
    words = "".join(browser.get(SETTINGS).one(id="security").itertext())
    assert "3 members do not have it" in words and cast.VIEWER in words and OWNER not in words
    assert "Apps that are connected already go on working" in words


def test_who_lacks_it_is_led_to_set_it_up_and_back(demanded: Browser, browser: Browser) -> None:
    browser.sign_in(VIEWER)
    assert browser.at == PATH
    browser.get("/dashboard/settings/team?q=sam")
    assert "asks everybody" in browser.page.text
    browser.submit("setup-two-factor", password=PASSWORD)
    secret = "".join(browser.page.one(id="by-hand").find(".//{*}code").text.split())
    browser.submit("switch-on", code=App(secret).code())
    (kept,) = [link for link in browser.page.all("a") if link.get("id") == "kept"]
    assert kept.get("href") == "/dashboard/settings/team?q=sam"
    browser.get(kept.get("href"))
    assert browser.at == "/dashboard/settings/team"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_no_door_of_the_workspace_opens(app: Flask, demanded: Browser, browser: Browser) -> None:
    from halo.cli import doors_of

    browser.sign_in(ADMIN)
    token, knocked = browser.csrf_token(), 0
    for line in doors_of(app):
        method, path, _, need = line.split(None, 3)
        if "<" in path or not (need.startswith(("member", "may"))):
            continue
        answer = browser.client.open(path, method=method, data={"csrf_token": token})
        assert answer.status_code in (303, 403), line
        assert answer.status_code == 403 or answer.location.startswith(PATH), line
        knocked += 1
    assert knocked > 20


def test_posts_are_refused_with_who_can_lift_it(demanded: Browser, browser: Browser) -> None:
    browser.sign_in(ADMIN)
    page = browser.post(SETTINGS + "/general", {"name": "Mine"}, status=403)
    assert "Your account" in page.text


def test_what_is_open_beside_the_workspace_tells_nothing_of_it(demanded: Browser, browser: Browser) -> None:
    browser.sign_in(ADMIN)
    for path in ("/dashboard/profile", PATH, "/dashboard/palette", "/dashboard/palette?q=sam", "/docs"):
        page = browser.get(path)
        assert "Sam Support" not in page.html, path
        assert "/dashboard/settings" not in page.html, path


def test_own_account_and_other_workspaces_stay_open(demanded: Browser, browser: Browser) -> None:
    browser.sign_in(VIEWER).get("/dashboard/profile")
    assert browser.at == "/dashboard/profile"


def test_the_workspace_next_door_is_not_concerned(demanded: Browser, browser: Browser) -> None:
    assert browser.sign_in(STRANGER).at == "/dashboard"


def test_existing_connections_go_on_and_new_ones_are_refused(app: Flask, make_browser, browser: Browser) -> None:
    with app.app_context():
        token = a_token(person=ADMIN)
    owner = make_browser().sign_in(OWNER)
    set_up(owner)
    owner.post(SETTINGS + "/two-factor/on")
    assert is_good(app, token)
    client = a_client(app)
    client.consent_page(browser.sign_in(ADMIN))
    assert "two-factor" in browser.page.text
    fields = {"request": browser.page.html.partition('name="request" value="')[2].partition('"')[0]}
    answer = browser.client.post(
        "/api/mcp/oauth/consent",
        data={"csrf_token": browser.csrf_token(), "decision": "allow", "scope": "docs:read", "workspace": "acme"}
        | fields,
    )
    assert answer.status_code != 303, answer.location


def test_a_recovery_code_leads_to_setting_it_up_again(app: Flask, demanded: Browser, browser: Browser) -> None:
    browser.sign_in(VIEWER)
    _, codes = set_up(browser)
    browser.post("/signout")
    password_given(browser, VIEWER).get("/signin/recovery-code")
    browser.submit("signin-recovery-code", code=codes[0])
    assert browser.at == PATH


def test_it_is_left_to_each_again(app: Flask, demanded: Browser, browser: Browser) -> None:
    demanded.get(SETTINGS)
    demanded.submit("release-two-factor")
    assert browser.sign_in(VIEWER).at == "/dashboard"
    told = demanded.get("/dashboard/audit/changes").text
    assert "asked everybody in Acme" in told and "left two-factor sign-in to each person" in told


def test_an_app_given_beforehand_is_enough(app: Flask, demanded: Browser, browser: Browser) -> None:
    phone = given_to(app, VIEWER)
    password_given(browser, VIEWER).submit("signin-code", code=phone.code())
    assert browser.at == "/dashboard"
