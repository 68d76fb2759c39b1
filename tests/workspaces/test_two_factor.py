"""Two-factor sign-in as people meet it: setting it up, signing in with it, the lost telephone."""

from __future__ import annotations

import pytest
from flask import Flask

from halo.workspaces.accounts import sessions, two_factor
from tests import cast
from tests.cast import OWNER, PASSWORD, VIEWER
from tests.oauth.flow import a_client
from tests.support.browser import Browser
from tests.workspaces.authenticator import PATH, forget_last_step, given_to, password_given, set_up


def test_a_person_sets_it_up_and_signs_in_with_a_code(browser: Browser, make_browser) -> None:
    phone, codes = set_up(browser.sign_in(VIEWER))
    assert len(set(codes)) == 10
    other = password_given(make_browser(), VIEWER, "/dashboard/settings/team")
    other.submit("signin-code", code=phone.code())
    assert other.at == "/dashboard/settings/team"
    assert "is on" in other.get(PATH).text


def test_the_secret_stands_in_the_page_as_a_drawing_and_in_letters(browser: Browser) -> None:
    browser.sign_in(VIEWER).get(PATH)
    page = browser.submit("setup-two-factor", password=PASSWORD)
    assert page.html.count('<svg class="qr" role="img"') == 1
    assert "data:" not in page.html


def test_a_wrong_first_code_keeps_the_same_secret(browser: Browser) -> None:
    browser.sign_in(VIEWER).get(PATH)
    before = browser.submit("setup-two-factor", password=PASSWORD).one(id="by-hand").find(".//{*}code").text
    page = browser.submit("switch-on", code="abcdef", status=422)
    assert page.one(id="by-hand").find(".//{*}code").text == before
    assert "not right" in (page.one(id="field-code-error").text or "")


def test_setting_up_takes_the_password(app: Flask, browser: Browser) -> None:
    browser.sign_in(VIEWER).get(PATH)
    browser.submit("setup-two-factor", password="guess guess", status=422)
    browser.get(PATH + "/setup")
    assert browser.at == PATH
    with app.app_context():
        assert two_factor.of_person(cast.person(VIEWER).id) is None


def test_the_other_browsers_are_signed_out_and_this_one_has_a_new_cookie(browser: Browser, make_browser) -> None:
    other = make_browser().sign_in(VIEWER)
    browser.sign_in(VIEWER)
    before = browser.client.get_cookie("halo_session")
    set_up(browser)
    after = browser.client.get_cookie("halo_session")
    assert before is not None and after is not None and before.value != after.value
    assert other.get("/dashboard") and other.at == "/signin"
    assert browser.get("/dashboard") and browser.at == "/dashboard"


def test_the_recovery_codes_are_shown_once_and_come_as_a_file(browser: Browser) -> None:
    _, codes = set_up(browser.sign_in(VIEWER))
    browser.submit("download")
    assert browser.response.headers["Content-Disposition"].startswith("attachment")
    assert all(code in browser.response.text for code in codes)
    page = browser.get(PATH + "/recovery-codes")
    assert browser.at == PATH and codes[0] not in page.html


def test_the_file_gives_back_nothing_but_codes(browser: Browser) -> None:
    browser.sign_in(VIEWER).post(PATH + "/recovery-codes/file", {"codes": "run this"}, status=422)


def test_a_recovery_code_lets_in_and_switches_the_authenticator_off(app: Flask, browser: Browser, make_browser) -> None:
    _, codes = set_up(browser.sign_in(VIEWER))
    other = password_given(make_browser(), VIEWER)
    other.get("/signin/recovery-code")
    page = other.submit("signin-recovery-code", code=codes[3].upper().replace("-", " "))
    assert other.at == "/dashboard" and "switched two-factor sign-in off" in page.text
    assert make_browser().sign_in(VIEWER).at == "/dashboard"
    with app.app_context():
        assert two_factor.codes_left(cast.person(VIEWER).id) == 0


def test_new_recovery_codes_replace_the_old_ones(browser: Browser, make_browser) -> None:
    _, old = set_up(browser.sign_in(VIEWER))
    browser.get(PATH)
    page = browser.submit("renew-two-factor", password=PASSWORD)
    assert page.one(id="codes").find(".//{*}code").text not in old
    other = password_given(make_browser(), VIEWER)
    other.get("/signin/recovery-code")
    other.submit("signin-recovery-code", code=old[0], status=422)


def test_switching_off_takes_the_password(browser: Browser, make_browser) -> None:
    set_up(browser.sign_in(VIEWER))
    browser.get(PATH)
    browser.submit("off-two-factor", password="guess guess", status=422)
    browser.submit("off-two-factor", password=PASSWORD)
    assert "Set up" in browser.page.text
    assert make_browser().sign_in(VIEWER).at == "/dashboard"


def test_signing_in_goes_on_to_the_consent_that_was_asked_for(app: Flask, browser: Browser) -> None:
    phone, client = given_to(app, OWNER), a_client(app)
    client.consent_page(browser)
    assert browser.at == "/signin"
    browser.submit("signin", email=OWNER, password=PASSWORD)
    browser.submit("signin-code", code=phone.code())
    assert browser.at == "/mcp/authorize"


def test_the_list_of_browsers_says_who_used_the_second_factor(app: Flask, browser: Browser) -> None:
    set_up(browser.sign_in(VIEWER))
    with app.app_context():
        (held,) = sessions.of_person(cast.person(VIEWER).id)
        assert held.second_factor_at is not None
    assert "Two-factor" in "".join(browser.get("/dashboard/profile").one(id="sessions").itertext())


def test_every_step_is_told_in_the_changes(browser: Browser) -> None:
    set_up(browser.sign_in(OWNER))
    browser.get(PATH)
    browser.submit("renew-two-factor", password=PASSWORD)
    browser.get(PATH)
    browser.submit("off-two-factor", password=PASSWORD)
    told = browser.get("/dashboard/audit/changes").text
    for words in ("switched on two-factor", "made new recovery codes", "switched off two-factor"):
        assert words in told, words


def test_an_operator_takes_it_from_who_lost_everything(app: Flask, browser: Browser, make_browser) -> None:
    set_up(browser.sign_in(VIEWER))
    said = app.test_cli_runner().invoke(args=["person", "reset-two-factor", VIEWER])
    assert said.exit_code == 0, said.output
    assert browser.get("/dashboard") and browser.at == "/signin"
    assert make_browser().sign_in(VIEWER).at == "/dashboard"
    again = app.test_cli_runner().invoke(args=["person", "reset-two-factor", VIEWER])
    assert again.exit_code != 0 and "no two-factor" in again.output


def test_a_code_of_the_step_before_or_after_is_taken(app: Flask) -> None:
    secret, at = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", 1_800_000_000.0
    for off, found in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        from pyotp import TOTP

        code = TOTP(secret).generate_otp(int(at + off) // 30)
        assert (two_factor.matching_step(secret, f" {code[:3]} {code[3:]}", at=at) is not None) is found, off


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "١٢٣٤٥٦", "12345\u0661", "\ud800", "a" * 5000])
def test_odd_codes_are_wrong_codes(app: Flask, typed: str) -> None:
    assert two_factor.matching_step("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", typed, at=1_800_000_000.0) is None


def test_it_is_set_up_anew_after_it_was_switched_off(browser: Browser, make_browser) -> None:
    set_up(browser.sign_in(VIEWER))
    browser.get(PATH)
    browser.submit("off-two-factor", password=PASSWORD)
    phone, _ = set_up(browser)
    forget_last_step(browser.app)
    other = password_given(make_browser(), VIEWER)
    other.submit("signin-code", code=phone.code())
    assert other.at == "/dashboard"
