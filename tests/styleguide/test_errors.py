"""Error pages: what happened, who can lift it, a way on, and nothing typed is lost."""

from __future__ import annotations

import pytest

from halo.ground.errors import UpstreamFailed
from halo.web import OPEN, door
from tests.cast import OWNER, VIEWER
from tests.support.browser import Browser
from tests.support.pages import Page


def test_an_unknown_address_offers_a_way_on(browser) -> None:
    page = browser.get("/nowhere", status=404)
    assert page.one("h1").text == "There is nothing at this address"
    assert [it.get("href") for it in page.all("a", class_="button")] == ["/", "/docs/search"]


def test_a_wrong_method_is_explained(browser) -> None:
    page = browser.post("/docs", status=405)
    assert "takes a form" in page.text


def test_a_refusal_says_who_can_lift_it(browser) -> None:
    page = browser.sign_in(VIEWER).get("/dashboard/settings", status=403)
    assert "Who can lift it:" in page.text
    assert VIEWER in page.text


def test_an_outdated_form_comes_back_with_what_was_typed(browser) -> None:
    typed = {"csrf_token": "old", "email": OWNER, "password": "hunter2", "note": "two\nlines"}
    page = browser.open("POST", "/signin", 403, data=typed)
    fields = page.values(page.form("again"))
    assert fields["email"] == OWNER
    assert fields["note"].replace("\r", "") == "two\nlines"
    assert "hunter2" not in page.html
    assert len(page.all(class_="form-actions")) == 1, "no second, empty row of ways on"


def test_an_outdated_form_can_be_sent_again(browser) -> None:
    browser.open("POST", "/signin", 403, data={"csrf_token": "old", "email": OWNER, "password": "x"})
    page = browser.submit("again", password="halo-demo-password")
    assert page.title == "Home · Halo"


def test_a_form_sent_after_the_session_ended_waits_for_the_sign_in(browser) -> None:
    browser.sign_in(OWNER).get("/dashboard/settings")
    browser.client.delete_cookie("halo_session")
    page = browser.post("/dashboard/settings/general", {"name": "Acme & Sons"}, status=401)
    assert page.values(page.form("again"))["name"] == "Acme & Sons"
    assert page.one("a", href="/signin").get("target") == "_blank"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_htmx_asks_for_after_the_session_ended_gets_a_way_to_sign_in_beside_the_page(browser, method) -> None:
    browser.sign_in(OWNER).get("/dashboard/settings")
    browser.client.delete_cookie("halo_session")
    path = "/dashboard/connect/progress" if method == "GET" else "/dashboard/settings/general"
    answer = browser.htmx(method, path, {"name": "Acme & Sons"} if method == "POST" else None)
    assert answer.status_code == 401 and answer.text.startswith('<div class="toast')
    assert Page(answer.text).one("a", href="/signin").get("target") == "_blank"
    assert "What you typed here stays" in answer.text


def test_a_form_from_another_site_is_not_offered_again(browser) -> None:
    page = browser.open("POST", "/signin", 403, data={"email": OWNER}, headers={"Sec-Fetch-Site": "cross-site"})
    assert not [it for it in page.all("form") if it.get("id") == "again"]
    assert "Go to Home" in page.text


@pytest.mark.parametrize("path", ["/nowhere", "/dashboard/settings"])
def test_htmx_gets_a_notice_instead_of_a_page(browser, path) -> None:
    answer = browser.sign_in(VIEWER).htmx("GET", path)
    assert answer.text.startswith('<div class="toast')


def test_what_is_too_large_is_not_said_to_stand_in_a_form_still(browser) -> None:
    page = browser.post("/signin", {"email": "a" * 2_000_000}, status=413)
    assert page.one("h1").text == "This is more than Halo takes at once"
    assert "nothing was changed" in page.text and "still holds" not in page.text


def test_a_service_that_fails_is_not_blamed_on_what_was_typed(make_app) -> None:
    app = make_app()

    @door(OPEN)
    def ask_elsewhere() -> str:
        raise UpstreamFailed("http", "The documentation server does not answer.")

    app.add_url_rule("/elsewhere", view_func=ask_elsewhere)
    page = Browser(app).get("/elsewhere", status=502)
    assert page.one("h1").text == "Another service did not answer as it should"
    assert "The documentation server does not answer." in page.text and "still holds" not in page.text
    assert [it.get("href") for it in page.all("a", class_="button")] == ["/elsewhere", "/"]


def test_a_crash_keeps_its_details_to_itself(make_app) -> None:
    app = make_app()
    app.testing = False

    @door(OPEN)
    def crash() -> str:
        raise ValueError("the secret detail")

    app.add_url_rule("/crash", view_func=crash)
    answer = app.test_client().get("/crash")
    assert answer.status_code == 500
    assert "Something went wrong inside Halo" in answer.text
    assert "secret detail" not in answer.text
