from __future__ import annotations

from flask import Flask

from halo import vault
from tests import cast
from tests.cast import ADMIN, OWNER, STRANGER, SUPPORT
from tests.support.browser import Browser

SETTINGS = "/dashboard/settings"


def test_an_admin_changes_the_settings(app: Flask, browser: Browser) -> None:
    browser.sign_in(ADMIN).get(SETTINGS)
    browser.submit("settings", name="Acme Ltd", time_zone="Asia/Tokyo", identity_required="on", calls_per_client="10")
    with app.app_context():
        held = cast.workspace()
        assert (held.name, held.time_zone, held.identity_required) == ("Acme Ltd", "Asia/Tokyo", True)
        assert held.limits == {"calls_per_client": 10}
    assert browser.page.values(browser.page.form("settings"))["identity_required"] == "on"


def test_a_member_without_the_permission_gets_403(browser: Browser) -> None:
    browser.sign_in(SUPPORT).get(SETTINGS, status=403)
    for path in ("", "/widget-key", "/identity-secret", "/identity-secret/revelation"):
        browser.post(SETTINGS + path, status=403)


def test_a_stranger_sees_and_changes_only_their_own(app: Flask, browser: Browser) -> None:
    page = browser.sign_in(STRANGER).get(SETTINGS)
    assert "ab_live_acme" not in page.html
    browser.post(SETTINGS + "/widget-key")
    with app.app_context():
        assert cast.workspace().widget_key == "ab_live_acme_widget_key_of_the_tests"


def test_a_wrong_value_keeps_the_form_and_says_where(browser: Browser) -> None:
    browser.sign_in(OWNER).get(SETTINGS)
    page = browser.submit("settings", name="Other", calls_per_client="many", status=422)
    assert page.values(page.form("settings"))["name"] == "Other"
    assert "whole number" in (page.one(id="field-calls_per_client-error").text or "")


def test_the_widget_key_is_replaced(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER).get(SETTINGS)
    browser.submit("rotate-widget-key")
    with app.app_context():
        assert cast.workspace().widget_key in browser.page.html
        assert cast.workspace().widget_key != "ab_live_acme_widget_key_of_the_tests"


def test_the_identity_secret_is_shown_once_and_the_log_says_by_whom(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER).get(SETTINGS)
    with app.app_context():
        secret = vault.open(cast.workspace().identity_secret)
    assert secret not in browser.page.html
    assert secret in browser.submit("reveal-secret").html
    assert secret not in browser.get(SETTINGS).html
    assert "looked at the identity secret" in browser.get("/dashboard/audit/changes").text


def test_the_secret_is_replaced_through_htmx(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER)
    answer = browser.htmx("POST", SETTINGS + "/identity-secret")
    with app.app_context():
        assert vault.open(cast.workspace().identity_secret) in answer.text


def test_a_change_answers_303_without_htmx(browser: Browser) -> None:
    browser.sign_in(OWNER)
    answer = browser.client.post(SETTINGS + "/widget-key", data={"csrf_token": browser.csrf_token()})
    assert answer.status_code == 303


def test_admins_see_the_flags_and_cannot_switch_them(browser: Browser) -> None:
    page = browser.sign_in(ADMIN).get(SETTINGS)
    assert "MCP server" in "".join(page.one(id="flags").itertext())
    browser.post("/admin/flags/acme/mcp_server/off", {"why": "I want to"}, status=403)
