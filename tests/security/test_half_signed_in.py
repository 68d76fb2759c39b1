"""Between the password and the code: who has only the password gets nowhere, however they knock."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from halo.cli import doors_of
from halo.ground import limits
from halo.ground.database import db, one_change
from halo.ground.errors import HaloError
from halo.workspaces.accounts import pending, people, sessions, two_factor
from halo.workspaces.models import PendingSignIn, RecoveryCode
from tests import cast
from tests.cast import OWNER, PASSWORD, VIEWER
from tests.oauth.clock import age
from tests.support.browser import Browser
from tests.workspaces.authenticator import PATH, forget_last_step, given_to, password_given, set_up

TRIES = int(limits.CODES_PER_PERSON.split()[0])


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_no_door_opens_before_the_code(app: Flask, browser: Browser) -> None:
    given_to(app, OWNER)
    password_given(browser, OWNER)
    token = browser.csrf_token()
    knocked = 0
    for line in doors_of(app):
        method, path, _, need = line.split(None, 3)
        if "<" in path or not need.startswith(("person", "member", "may", "operator")):
            continue
        answer = browser.client.open(path, method=method, data={"csrf_token": token, "name": "x"})
        assert answer.status_code in (303, 401), f"{line}: {answer.status_code}"
        assert answer.status_code == 401 or answer.location.startswith("/signin"), line
        knocked += 1
    assert knocked > 30


def test_the_pending_cookie_is_no_session(app: Flask, browser: Browser) -> None:
    given_to(app, OWNER)
    password_given(browser, OWNER)
    cookie = browser.client.get_cookie("halo_pending")
    assert cookie is not None and cookie.http_only and browser.client.get_cookie("halo_session") is None
    browser.client.set_cookie("halo_session", cookie.value)
    assert browser.get("/dashboard/profile") and browser.at == "/signin"


def test_an_earlier_session_of_the_browser_ends_with_the_password(app: Flask, browser: Browser) -> None:
    given_to(app, OWNER)
    browser.sign_in(VIEWER)
    before = browser.client.get_cookie("halo_session")
    browser.post("/signin", {"email": OWNER, "password": PASSWORD})
    browser.client.set_cookie("halo_session", before.value)
    assert browser.get("/dashboard") and browser.at == "/signin"


def test_neither_a_planted_session_nor_a_planted_pending_cookie_is_adopted(app: Flask, browser: Browser) -> None:
    phone = given_to(app, OWNER)
    browser.client.set_cookie("halo_pending", "planted")
    browser.client.set_cookie("halo_session", "planted")
    password_given(browser, OWNER).submit("signin-code", code=phone.code())
    cookie = browser.client.get_cookie("halo_session")
    assert cookie is not None and cookie.value != "planted" and browser.client.get_cookie("halo_pending") is None


def test_a_pending_cookie_is_worth_nothing_after_its_code(app: Flask, browser: Browser) -> None:
    phone = given_to(app, OWNER)
    cookie = password_given(browser, OWNER).client.get_cookie("halo_pending")
    browser.submit("signin-code", code=phone.code())
    thief = Browser(app)
    thief.client.set_cookie("halo_pending", cookie.value)
    forget_last_step(app)
    thief.post("/signin/code", {"code": phone.code()})
    assert thief.at == "/signin" and thief.client.get_cookie("halo_session") is None


def test_ten_minutes_later_one_begins_again_and_still_goes_where_one_wanted(app: Flask, browser: Browser) -> None:
    phone = given_to(app, OWNER)
    password_given(browser, OWNER, "/dashboard/settings/team")
    with app.app_context():
        age(PendingSignIn, pending.SECONDS + 1)
    browser.submit("signin-code", code=phone.code())
    assert browser.at == "/signin"
    assert browser.page.values(browser.page.form("signin"))["next"] == "/dashboard/settings/team"


def test_a_code_is_taken_once_whoever_read_it_over_the_shoulder(app: Flask, browser: Browser) -> None:
    phone = given_to(app, OWNER)
    code = phone.code()
    password_given(browser, OWNER).submit("signin-code", code=code)
    thief = password_given(Browser(app), OWNER)
    page = thief.submit("signin-code", code=code, status=422)
    assert "used already" in page.text


def test_an_older_code_is_not_taken_after_a_newer_one(app: Flask, browser: Browser) -> None:
    phone = given_to(app, OWNER)
    password_given(browser, OWNER).submit("signin-code", code=phone.code())
    password_given(Browser(app), OWNER).submit("signin-code", code=phone.code(-1), status=422)


def test_guessing_codes_ends_after_ten_tries_from_wherever(app: Flask) -> None:
    phone = given_to(app, OWNER)
    for guesser in (password_given(Browser(app), OWNER), password_given(Browser(app), OWNER)):
        for _ in range(TRIES // 2):
            guesser.submit("signin-code", code=phone.wrong(), status=422)
    page = password_given(Browser(app), OWNER).submit("signin-code", code=phone.code(), status=429)
    assert "Try again in" in page.text


def test_strangers_without_the_password_do_not_use_the_tries_up(app: Flask, browser: Browser) -> None:
    phone = given_to(app, OWNER)
    stranger = Browser(app)
    stranger.get("/signin")
    for _ in range(TRIES + 1):
        stranger.post("/signin/code", {"code": phone.wrong()})
    password_given(browser, OWNER).submit("signin-code", code=phone.code())
    assert browser.at == "/dashboard"


def test_a_recovery_code_works_when_the_tries_at_codes_are_spent(app: Flask, browser: Browser) -> None:
    phone, codes = set_up(browser.sign_in(VIEWER))
    guesser = password_given(Browser(app), VIEWER)
    for _ in range(TRIES):
        guesser.submit("signin-code", code=phone.wrong(), status=422)
    owner = password_given(Browser(app), VIEWER)
    owner.get("/signin/recovery-code")
    owner.submit("signin-recovery-code", code=codes[0])
    assert owner.at == "/dashboard"


def test_guessing_recovery_codes_ends_after_ten_tries(app: Flask, browser: Browser) -> None:
    set_up(browser.sign_in(VIEWER))
    guesser = password_given(Browser(app), VIEWER)
    guesser.get("/signin/recovery-code")
    for _ in range(TRIES):
        guesser.submit("signin-recovery-code", code="aaaa-aaaa-aaaa-aaaa", status=422)
    guesser.submit("signin-recovery-code", code="aaaa-aaaa-aaaa-aaaa", status=429)


def test_a_recovery_code_of_somebody_else_is_none(app: Flask, browser: Browser) -> None:
    _, codes = set_up(browser.sign_in(VIEWER))
    given_to(app, OWNER)
    other = password_given(Browser(app), OWNER)
    other.get("/signin/recovery-code")
    other.submit("signin-recovery-code", code=codes[0], status=422)


@pytest.mark.parametrize("path", ["/signin/code", "/signin/recovery-code"])
def test_the_second_step_without_its_token_is_refused(app: Flask, browser: Browser, path: str) -> None:
    phone = given_to(app, OWNER)
    password_given(browser, OWNER)
    assert browser.client.post(path, data={"code": phone.code()}).status_code == 403
    assert browser.client.get_cookie("halo_session") is None


@pytest.mark.parametrize("path", ["/setup", "/on", "/off", "/recovery-codes", "/recovery-codes/file"])
def test_no_other_site_changes_the_second_factor(app: Flask, browser: Browser, path: str) -> None:
    browser.sign_in(VIEWER)
    assert browser.client.post(PATH + path, data={"password": PASSWORD}).status_code == 403


def test_two_uses_of_one_recovery_code_at_the_same_moment_let_one_in(app: Flask, browser: Browser) -> None:
    _, codes = set_up(browser.sign_in(VIEWER))
    assert _at_once(app, lambda token: pending.finish_with_recovery_code(token, codes[0])) == [False, True]


def test_two_uses_of_one_code_at_the_same_moment_let_one_in(app: Flask) -> None:
    phone = given_to(app, VIEWER)
    code = phone.code()
    assert _at_once(app, lambda token: pending.finish_with_code(token, code)) == [False, True]


def _at_once(app: Flask, finish) -> list[bool]:
    """Two half-signed-in browsers of the viewer take the second step together; who got in."""
    with app.app_context():
        person_id = cast.person(VIEWER).id
        tokens = [pending.begin(person_id, "/") for _ in range(2)]
    start = threading.Barrier(2)

    def step(token: str) -> bool:
        with app.app_context():
            start.wait()
            try:
                finish(token)
            except HaloError:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(step, tokens))


def test_a_session_from_before_the_second_factor_opens_nothing(app: Flask, browser: Browser) -> None:
    """Even where a way was found to keep one: the door asks how the session began."""
    browser.sign_in(OWNER)
    given_to(app, OWNER)
    assert browser.get("/dashboard") and browser.at == "/signin"


def test_a_new_password_and_a_closed_account_end_what_is_half_done(app: Flask, browser: Browser) -> None:
    phone = given_to(app, VIEWER)
    for change in (
        lambda person_id: people.set_password(person_id, "three random words", principal=None),
        lambda person_id: people.deactivate(person_id, principal=None),
    ):
        with app.app_context(), one_change():
            token = pending.begin(cast.person(VIEWER).id, "/")
        with app.app_context():
            change(cast.person(VIEWER).id)
            with pytest.raises(HaloError):
                pending.finish_with_code(token, phone.code())


def test_the_codes_are_kept_as_digests_and_the_secret_sealed(app: Flask, browser: Browser) -> None:
    phone, codes = set_up(browser.sign_in(VIEWER))
    with app.app_context():
        person_id = cast.person(VIEWER).id
        held = two_factor.of_person(person_id)
        assert held is not None and phone.totp.secret not in held.secret
        assert not sessions.of_person(person_id)[0].digest.startswith("halo_ss_")
        kept = db.session.scalars(select(RecoveryCode.digest)).all()
        assert len(kept) == 10 and not set(codes) & set(kept)


def test_somebody_elses_open_browser_is_not_enough_to_take_it_over(app: Flask, browser: Browser) -> None:
    """Setting up, new codes and switching off take the password, and guessing it there is limited."""
    set_up(browser.sign_in(VIEWER))
    for path in ("/off", "/recovery-codes"):
        browser.post(PATH + path, {"password": "guess guess"}, status=422)
    with app.app_context():
        assert two_factor.of_person(cast.person(VIEWER).id) is not None
    for _ in range(7):  # setting up was the first try
        browser.post(PATH + "/off", {"password": "guess guess"}, status=422)
    browser.post(PATH + "/off", {"password": PASSWORD}, status=429)
