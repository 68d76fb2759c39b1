"""Nobody is locked out by what somebody else does: not from an account, and not from a workspace's ingestion."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from halo.ground import limits, vault
from halo.workspaces.accounts import passwords
from halo.workspaces.endpoints import devices
from tests import cast
from tests.contacts.site import OTHER_KEY, send
from tests.support.browser import Browser

A_MINUTE = int(limits.SIGN_INS_PER_ADDRESS_AND_ACCOUNT.split()[0])
AN_HOUR = int(limits.SIGN_INS_PER_ACCOUNT.split()[0])
MISTAKES = int(limits.INGESTION_MISTAKES_PER_ADDRESS.split()[0])
WRONG = "wrong-wrong"
GOOD = {"events": [{"event_type": "page_view"}]}
BAD = {"events": [{}]}


@pytest.fixture(autouse=True)
def any_password_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 is not what is looked at here, and costs a twentieth of a second each time."""
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda kept, given: given != WRONG and real(kept, given))


def at(app: Flask, address: str) -> Browser:
    browser = Browser(app)
    browser.client.environ_base["REMOTE_ADDR"] = address
    return browser


def tries(browser: Browser, password: str, email: str = cast.OWNER) -> int:
    """The status of one try at the form."""
    form = {"email": email, "password": password, "csrf_token": browser.csrf_token()}
    return browser.client.post("/signin", data=form).status_code


def guess_from_everywhere(app: Flask, times: int = AN_HOUR) -> None:
    guess(Browser(app), times)


def guess(browser: Browser, times: int) -> None:
    form = {"email": cast.OWNER, "password": WRONG, "csrf_token": browser.csrf_token()}
    for number in range(times):
        address = {"REMOTE_ADDR": f"198.51.{number // 8}.{number % 8 + 1}"}
        browser.client.post("/signin", data=form, environ_base=address)


def test_ten_wrong_passwords_of_a_stranger_refuse_only_that_stranger(app: Flask) -> None:
    stranger = at(app, "198.51.100.1")
    assert [tries(stranger, WRONG) for _ in range(A_MINUTE + 1)] == [422] * A_MINUTE + [429]
    assert tries(stranger, cast.PASSWORD) == 429
    form = {"email": cast.OWNER, "csrf_token": stranger.csrf_token()}
    assert 1 <= int(stranger.client.post("/signin", data=form).headers["Retry-After"]) <= 60
    assert tries(at(app, "203.0.113.7"), cast.PASSWORD) == 303


def test_other_accounts_at_the_same_address_are_not_concerned(app: Flask) -> None:
    browser = at(app, "198.51.100.1")
    for _ in range(A_MINUTE + 1):
        tries(browser, WRONG)
    assert tries(browser, cast.PASSWORD, cast.ADMIN) == 303


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_hundred_guesses_from_everywhere_refuse_new_browsers_and_none_that_is_known(app: Flask) -> None:
    known = at(app, "203.0.113.7")
    assert tries(known, cast.PASSWORD) == 303
    known.client.post("/signout", data={"csrf_token": known.csrf_token()})
    guess_from_everywhere(app)
    assert tries(at(app, "192.0.2.1"), cast.PASSWORD) == 429
    assert tries(known, WRONG) == 422
    assert tries(known, cast.PASSWORD) == 303


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_owners_own_sign_ins_neither_count_as_guesses_nor_forgive_them(app: Flask) -> None:
    guess_from_everywhere(app, AN_HOUR - 1)
    for _ in range(3):
        assert tries(at(app, "203.0.113.7"), cast.PASSWORD) == 303
    assert tries(at(app, "192.0.2.1"), WRONG) == 422
    assert tries(at(app, "192.0.2.2"), cast.PASSWORD) == 429


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["of somebody else", "made up", "cut", "too old"])
def test_a_cookie_that_is_not_this_accounts_own_makes_no_browser_known(
    app: Flask, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guesser = at(app, "192.0.2.1")
    tries(guesser, cast.PASSWORD, cast.ADMIN if kind == "of somebody else" else cast.OWNER)
    guesser.client.post("/signout", data={"csrf_token": guesser.csrf_token()})
    cookie = guesser.client.get_cookie("halo_browser")
    assert cookie is not None
    if kind == "made up":
        guesser.client.set_cookie("halo_browser", "x" * 200)
    if kind == "cut":
        guesser.client.set_cookie("halo_browser", cookie.value[:-5])
    if kind == "too old":
        later = time.time() + limits.KNOWN_BROWSER_SECONDS + 60
        with monkeypatch.context() as patched:
            patched.setattr(devices.time, "time", lambda: later)
            with app.test_request_context(headers={"Cookie": f"halo_browser={cookie.value}"}):
                assert devices.known(cast.person(cast.OWNER).id) is None
        return
    guess_from_everywhere(app)
    assert tries(guesser, cast.PASSWORD) == 429


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_stolen_cookie_is_worth_no_more_guesses_than_an_account(app: Flask) -> None:
    known = at(app, "203.0.113.7")
    tries(known, cast.PASSWORD)
    known.client.post("/signout", data={"csrf_token": known.csrf_token()})
    guess(known, AN_HOUR)
    assert tries(known, cast.PASSWORD) == 429
    assert tries(at(app, "192.0.2.1"), cast.PASSWORD) == 303


def test_a_browser_is_known_for_a_few_people_and_says_nothing_of_them(app: Flask) -> None:
    browser = at(app, "203.0.113.7")
    for email in (cast.OWNER, cast.ADMIN):
        tries(browser, cast.PASSWORD, email)
    cookie = browser.client.get_cookie("halo_browser")
    assert cookie is not None and cookie.http_only and cookie.same_site == "Lax"
    with app.test_request_context(headers={"Cookie": f"halo_browser={cookie.value}"}):
        people = [cast.person(email).id for email in (cast.OWNER, cast.ADMIN)]
        assert len({devices.known(each) for each in people}) == 1
        assert all(each not in cookie.value for each in people)
        assert vault.open(cookie.value)
        assert devices.known(cast.person(cast.STRANGER).id) is None


@pytest.mark.parametrize("path", ["/dashboard/profile/password", "/dashboard/profile/two-factor/setup"])
def test_guesses_at_the_present_password_in_one_browser_leave_the_others_alone(app: Flask, path: str) -> None:
    left_open, other = Browser(app).sign_in(cast.OWNER), Browser(app).sign_in(cast.OWNER)
    guess = {"old_password": WRONG, "password": WRONG, "new_password": "long-enough-and-new"}
    for _ in range(A_MINUTE):
        left_open.post(path, guess, status=422)
    left_open.post(path, guess, status=429)
    assert 1 <= int(left_open.response.headers["Retry-After"]) <= 60
    other.post(path, guess, status=422)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_bad_posts_with_the_public_key_stop_nobodys_good_ones(app: Flask, client: FlaskClient) -> None:
    stranger, at_same_place = {"REMOTE_ADDR": "198.51.100.1"}, {"REMOTE_ADDR": "203.0.113.7"}
    bad = [send(client, "events", BAD, environ_base=stranger) for _ in range(MISTAKES + 2)]
    assert [it.status_code for it in bad[-3:]] == [400, 429, 429]
    refused = bad[-1]
    assert (refused.json["error"], refused.headers["Access-Control-Allow-Origin"]) == ("rate_limited", "*")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert send(client, "events", BAD, environ_base=at_same_place).status_code == 400
    for address in (stranger, at_same_place):
        assert send(client, "events", GOOD, environ_base=address).status_code == 200
    assert send(client, "events", BAD, OTHER_KEY, environ_base=stranger).status_code == 400


def spent(app: Flask) -> int:
    """Of the key's own limit."""
    key = f"LIMITER/{cast.workspace().id}/ingestion/{limits.INGESTION_PER_KEY.split()[0]}/1/minute"
    return int(limits.limiter().storage.get(key))


@pytest.mark.parametrize(
    ("post", "status", "cost"),
    [
        (lambda client: send(client, "events", GOOD), 200, 1),
        (lambda client: send(client, "events", BAD), 400, 0),
        (lambda client: send(client, "events", [1]), 400, 0),
        (lambda client: send(client, "users/update", {"token": "no token", "users": []}), 403, 0),
        (lambda client: send(client, "events", data="{", content_type="text/plain"), 415, 0),
        (lambda client: send(client, "events", {"events": "x" * 1_200_000}), 413, 0),
    ],
)
def test_only_what_is_taken_costs_the_key(
    app: Flask, client: FlaskClient, post: Callable[[FlaskClient], object], status: int, cost: int
) -> None:
    assert post(client).status_code == status  # type: ignore[attr-defined]
    with app.app_context():
        assert spent(app) == cost
