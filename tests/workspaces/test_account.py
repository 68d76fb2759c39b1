from __future__ import annotations

import datetime

import pytest
from flask import Flask
from sqlalchemy import update

from halo.ground.database import now, one_change
from halo.ground.errors import Mistake
from halo.workspaces.accounts import people, sessions
from halo.workspaces.models import BrowserSession
from tests import cast
from tests.cast import OWNER, PASSWORD, STRANGER, VIEWER
from tests.support.browser import Browser

PROFILE = "/dashboard/profile"
NEW = "three random words"


def test_a_person_changes_their_name(browser: Browser) -> None:
    browser.sign_in(VIEWER).get(PROFILE)
    browser.submit("rename", name="Vera V.")
    assert browser.page.values(browser.page.form("rename"))["name"] == "Vera V."


@pytest.mark.parametrize("name", ["علی‌رضا", "Siobhán O’Brien", "👩‍💻 Ana"])
def test_a_name_with_a_joiner_is_a_name(browser: Browser, name: str) -> None:
    browser.sign_in(VIEWER).get(PROFILE)
    browser.submit("rename", name=name)
    assert browser.page.values(browser.page.form("rename"))["name"] == name


def test_a_sign_that_nobody_sees_is_named_beside_the_field(browser: Browser) -> None:
    browser.sign_in(VIEWER).get(PROFILE)
    browser.submit("rename", name="Vera\x1f", status=422)
    assert "control characters" in browser.page.text
    browser.get(PROFILE)
    for sign, number in (("\u3164", "U+3164"), ("\u202e", "U+202E"), ("\u200b", "U+200B")):
        browser.submit("rename", name=f"Vera{sign}", status=422)
        assert f"The name holds {number}" in browser.page.text


def test_a_new_password_signs_the_other_browsers_out(browser: Browser, make_browser) -> None:
    other = make_browser().sign_in(VIEWER)
    browser.sign_in(VIEWER).get(PROFILE)
    browser.submit("change-password", old_password=PASSWORD, new_password=NEW)
    assert browser.at == PROFILE
    assert other.get("/dashboard") and other.at == "/signin"
    assert make_browser().sign_in(VIEWER, NEW).at == "/dashboard"


def test_the_present_password_is_needed(browser: Browser) -> None:
    browser.sign_in(VIEWER).get(PROFILE)
    browser.submit("change-password", old_password="guess guess", new_password=NEW, status=422)
    assert "not your current password" in browser.page.text


def test_a_browser_is_signed_out_from_another(browser: Browser, make_browser) -> None:
    other = make_browser().sign_in(VIEWER)
    browser.sign_in(VIEWER).get(PROFILE)
    (form,) = [
        it
        for it in browser.page.all("form")
        if (it.get("id") or "").startswith("end-") and "others" not in it.get("id")
    ]
    browser.submit(form.get("id"))
    other.get("/dashboard")
    assert other.at == "/signin"


def test_signing_out_everywhere_else_through_htmx(browser: Browser, make_browser) -> None:
    other = make_browser().sign_in(VIEWER)
    browser.sign_in(VIEWER)
    answer = browser.htmx("POST", PROFILE + "/sessions/end")
    assert answer.status_code == 200 and answer.text.count('<li class="row') == 1
    other.get("/dashboard")
    assert other.at == "/signin"
    assert browser.get("/dashboard") and browser.at == "/dashboard"


def test_nobody_ends_the_session_of_another_person(app: Flask, browser: Browser, make_browser) -> None:
    make_browser().sign_in(VIEWER)
    with app.app_context():
        (theirs,) = sessions.of_person(cast.person(VIEWER).id)
    browser.sign_in(STRANGER).post(f"{PROFILE}/sessions/{theirs.id}/end", status=404)


def test_who_leaves_a_workspace_sees_it_no_more(browser: Browser) -> None:
    browser.sign_in(VIEWER).get(PROFILE)
    browser.submit("leave")
    assert "You are in no workspace" in browser.page.text
    browser.get("/dashboard", status=403)


def test_a_deactivated_person_is_out_at_once_and_cannot_sign_in(app: Flask, browser: Browser) -> None:
    browser.sign_in(VIEWER)
    with app.app_context():
        people.deactivate(cast.person(VIEWER).id, principal=None)
    browser.get("/dashboard")
    assert browser.at == "/signin"
    browser.submit("signin", email=VIEWER, password=PASSWORD, status=422)


def test_the_last_super_admins_account_stays_open(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(Mistake, match="last Super Admin"):
            people.deactivate(cast.person(OWNER).id, principal=None)
        assert cast.person(OWNER).deactivated_at is None


def test_a_browser_in_use_stays_signed_in(app: Flask, browser: Browser) -> None:
    browser.sign_in(VIEWER)
    soon = now() + datetime.timedelta(minutes=5)
    with app.app_context(), one_change() as session:
        old = now() - datetime.timedelta(hours=1)
        session.execute(update(BrowserSession).values(last_seen_at=old, expires_at=soon))
        sessions.in_use.get().forget()
    browser.get("/dashboard")
    with app.app_context():
        (held,) = sessions.of_person(cast.person(VIEWER).id)
        assert held.expires_at > soon
