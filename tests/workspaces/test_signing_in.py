from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from tests.cast import OWNER, PASSWORD, STRANGER
from tests.support.browser import Browser


def test_a_person_signs_in_and_out(browser: Browser) -> None:
    browser.sign_in(OWNER)
    assert browser.at == "/dashboard"
    browser.post("/signout")
    assert browser.at == "/"
    browser.get("/dashboard")
    assert browser.at == "/signin"


def test_a_wrong_password_and_an_unknown_address_get_the_same_words(browser: Browser) -> None:
    browser.get("/signin")
    wrong = browser.submit("signin", email=OWNER, password="not the password", status=422).one(id="signin-problem")
    unknown = browser.submit("signin", email="x@y.test", password="whatever it is", status=422).one(id="signin-problem")
    assert "".join(wrong.itertext()) == "".join(unknown.itertext())


def test_sign_in_leads_back_to_the_page_that_was_wanted(browser: Browser) -> None:
    browser.get("/dashboard/settings/team")
    assert browser.at == "/signin"
    browser.submit("signin", email=OWNER, password=PASSWORD)
    assert browser.at == "/dashboard/settings/team"


def test_next_never_leads_to_another_site(browser: Browser) -> None:
    for evil in (
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "http:evil.test",
        "javascript:x",
        "/\t/evil.test",
    ):
        browser.get("/signin", query_string={"next": evil})
        values = browser.page.values(browser.page.form("signin"))
        assert values["next"] == "/", evil
        browser.post("/signin", {"email": OWNER, "password": PASSWORD, "next": evil})
        assert browser.at == "/dashboard"
        browser.post("/signout")


def test_the_form_without_its_token_is_refused(client: FlaskClient) -> None:
    answer = client.post("/signin", data={"email": OWNER, "password": PASSWORD})
    assert answer.status_code == 403
    assert "halo_session" not in str(answer.headers.getlist("Set-Cookie"))


def test_every_sign_in_makes_a_session_of_its_own(browser: Browser) -> None:
    browser.sign_in(OWNER)
    first = browser.client.get_cookie("halo_session")
    browser.post("/signin", {"email": STRANGER, "password": PASSWORD})
    second = browser.client.get_cookie("halo_session")
    assert first is not None and second is not None and first.value != second.value
    browser.client.set_cookie("halo_session", first.value)
    browser.get("/dashboard")
    assert browser.at == "/signin"


def test_a_planted_session_cookie_is_not_adopted(browser: Browser) -> None:
    browser.client.set_cookie("halo_session", "planted")
    browser.sign_in(OWNER)
    cookie = browser.client.get_cookie("halo_session")
    assert cookie is not None and cookie.value != "planted"


def test_the_eleventh_wrong_password_in_a_minute_waits(browser: Browser) -> None:
    browser.get("/signin")
    for _ in range(10):
        browser.submit("signin", email=OWNER, password="wrong-wrong", status=422)
    page = browser.submit("signin", email=OWNER, password=PASSWORD, status=429)
    assert "Try again in" in page.text
    assert 0 < int(browser.response.headers["Retry-After"]) <= 60


def test_the_right_password_forgives_earlier_mistakes(browser: Browser) -> None:
    for _ in range(3):
        browser.get("/signin")
        for _ in range(4):
            browser.submit("signin", email=OWNER, password="wrong-wrong", status=422)
        browser.submit("signin", email=OWNER, password=PASSWORD)
        browser.post("/signout")


def test_one_address_tries_twenty_times_a_minute(browser: Browser) -> None:
    browser.get("/signin")
    for number in range(20):
        browser.submit("signin", email=f"{number}@acme.test", password="wrong-wrong", status=422)
    browser.submit("signin", email=OWNER, password=PASSWORD, status=429)


def test_production_hides_the_demo_and_refuses_its_password(make_app: Callable[..., Flask]) -> None:
    browser = Browser(make_app(environment="production", base_url="https://halo.test"))
    browser.client.get("/signin", base_url="https://halo.test")
    assert PASSWORD not in browser.client.get("/signin", base_url="https://halo.test").text


def test_a_nul_in_a_form_or_an_address_is_a_mistake_not_a_crash(browser: Browser) -> None:
    browser.post("/signin", {"email": "a\x00b@acme.test", "password": PASSWORD}, status=422)
    browser.get("/invitation/%00", status=422)
