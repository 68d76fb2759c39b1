from __future__ import annotations

import contextlib
import datetime
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import update

from halo.ground.database import now, one_change
from halo.ground.errors import Mistake
from halo.workspaces import invitations, members
from halo.workspaces.models import Invitation
from tests import cast
from tests.cast import ADMIN, OWNER, STRANGER, VIEWER
from tests.support.browser import Browser
from tests.workspaces import hashing

TEAM = "/dashboard/settings/team"
NEW = "nina@acme.test"


def invite(browser: Browser, email: str = NEW, role: str = "member") -> str:
    """The path of a new invitation's link."""
    if browser.at == "/":
        browser.sign_in(ADMIN)
    browser.get(TEAM)
    browser.submit("invite-form", email=email, role=role, preset="analyst")
    link = browser.page.one(id="invitation").find(".//code")
    assert link is not None and link.text
    return urlsplit(link.text).path


def test_a_new_person_makes_an_account_and_is_in(app: Flask, browser: Browser, make_browser) -> None:
    path = invite(browser)
    theirs = make_browser()
    theirs.get(path)
    theirs.submit("accept-as-new", name="Nina New", password="three random words")
    assert theirs.at == "/dashboard"
    with app.app_context():
        held = members.get(cast.workspace().id, cast.person(NEW).id)
        assert members.preset_of(held) == "analyst"


@pytest.mark.parametrize("email", ["o'brien@x.example", "O'Brien@X.Example", "d'arcy+team@x.example"])
def test_an_address_with_an_apostrophe_is_invited_and_signs_in(browser: Browser, make_browser, email: str) -> None:
    path = invite(browser, email)
    theirs = make_browser()
    theirs.get(path)
    theirs.submit("accept-as-new", name="Nina O'Brien", password="three random words")
    assert theirs.at == "/dashboard"
    assert make_browser().sign_in(email, "three random words").at == "/dashboard"


def test_an_address_with_a_sign_that_nobody_sees_is_not_invited(browser: Browser) -> None:
    browser.sign_in(ADMIN).get(TEAM)
    browser.submit("invite-form", email="nina\u200b@acme.test", role="member", preset="analyst", status=422)
    assert "The e-mail address holds U+200B" in browser.page.text


def test_the_link_is_shown_once(browser: Browser) -> None:
    path = invite(browser)
    assert path not in browser.get(TEAM).html


def test_the_link_works_once(browser: Browser, make_browser) -> None:
    path = invite(browser)
    first = make_browser()
    first.get(path)
    first.submit("accept-as-new", name="Nina New", password="three random words")
    make_browser().get(path, status=404)


def test_somebody_with_an_account_signs_in_and_joins(app: Flask, browser: Browser, make_browser) -> None:
    path = invite(browser, STRANGER)
    theirs = make_browser()
    theirs.get(path)
    theirs.get("/signin", query_string={"next": path})
    theirs.submit("signin", email=STRANGER, password=cast.PASSWORD)
    theirs.submit("accept")
    assert "Acme" in theirs.page.text
    with app.app_context():
        assert members.find(cast.workspace().id, cast.person(STRANGER).id) is not None


def test_another_person_cannot_use_it(browser: Browser, make_browser) -> None:
    path = invite(browser)
    theirs = make_browser().sign_in(STRANGER)
    theirs.get(path)
    assert "another address" in theirs.page.text
    theirs.post(path + "/acceptance", status=403)


def test_a_withdrawn_invitation_is_worthless(browser: Browser, make_browser) -> None:
    path = invite(browser)
    browser.get(TEAM)
    (form,) = [it for it in browser.page.all("form") if (it.get("id") or "").startswith("withdraw-")]
    browser.submit(form.get("id"))
    make_browser().get(path, status=404)


def test_a_withdrawal_through_htmx_gives_the_list_without_it(browser: Browser) -> None:
    invite(browser)
    browser.get(TEAM)
    (form,) = [it for it in browser.page.all("form") if (it.get("id") or "").startswith("withdraw-")]
    answer = browser.htmx("POST", str(form.get("action")))
    assert answer.status_code == 200 and NEW not in answer.text and 'id="invitations"' in answer.text


def test_another_workspaces_owner_cannot_withdraw_it(browser: Browser, make_browser) -> None:
    invite(browser)
    browser.get(TEAM)
    (form,) = [it for it in browser.page.all("form") if (it.get("id") or "").startswith("withdraw-")]
    make_browser().sign_in(STRANGER).post(str(form.get("action")), status=404)


def test_a_second_invitation_replaces_the_first(browser: Browser, make_browser) -> None:
    first = invite(browser)
    second = invite(browser)
    make_browser().get(first, status=404)
    make_browser().get(second)


def test_after_a_week_it_is_too_late(app: Flask, browser: Browser, make_browser) -> None:
    path = invite(browser)
    with app.app_context(), one_change() as session:
        session.execute(update(Invitation).values(expires_at=now() - datetime.timedelta(seconds=1)))
    make_browser().get(path, status=404)


def test_it_ends_with_the_inviters_right(app: Flask, browser: Browser, make_browser) -> None:
    path = invite(browser)
    with app.app_context():
        members.remove(cast.workspace().id, cast.person(ADMIN).id, principal=None)
    theirs = make_browser()
    theirs.get(path)
    theirs.submit("accept-as-new", name="Nina New", password="three random words", status=404)


def test_a_member_is_not_invited_again(browser: Browser) -> None:
    browser.sign_in(OWNER).get(TEAM)
    browser.submit("invite-form", email=VIEWER, status=422)
    assert "member already" in browser.page.text


@pytest.mark.parametrize("password", ["short", "1234567890", NEW, "aaaaaaaaaaaa", "Nina New"])
def test_an_easy_password_is_refused_and_the_name_kept(browser: Browser, make_browser, password: str) -> None:
    path = invite(browser)
    theirs = make_browser()
    theirs.get(path)
    page = theirs.submit("accept-as-new", name="Nina New", password=password, status=422)
    assert page.values(page.form("accept-as-new"))["name"] == "Nina New"


def test_tries_at_a_link_are_counted_as_new_accounts_are(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    path = invite(browser)
    monkeypatch.setattr("halo.ground.limits.SIGN_UPS_PER_ADDRESS", "2 per hour")
    monkeypatch.setattr("halo.workspaces.accounts.passwords.digest", lambda _: pytest.fail("hashed for nothing"))
    for status in (422, 422, 429):
        browser.post(path, {"name": "Nina", "password": "x"}, status=status)
    assert int(browser.response.headers["Retry-After"]) > 0


@pytest.mark.parametrize("known", [True, False])
def test_no_password_is_hashed_while_others_wait_to_write(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    token = invite(browser, STRANGER if known else NEW).rpartition("/")[2]
    inside = hashing.depths(monkeypatch)
    with app.app_context(), pytest.raises(Mistake) if known else contextlib.nullcontext():
        invitations.accept_as_new(token, "Nina New", "three random words")
    assert inside == ([] if known else [0])
