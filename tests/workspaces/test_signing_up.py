from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from halo.ground.permissions import Role
from halo.workspaces import members, workspaces
from halo.workspaces.accounts import people
from tests.cast import OPERATOR, OWNER, PASSWORD, STRANGER
from tests.support.browser import Browser
from tests.workspaces import hashing

GOOD = {"workspace": "Nimbus & Söhne", "name": "Noor", "email": "noor@nimbus.test", "password": "three random words"}


def test_a_stranger_makes_a_workspace_and_owns_it(app: Flask, browser: Browser) -> None:
    browser.get("/signup")
    browser.submit("signup", **GOOD)
    assert browser.at == "/dashboard" and "Nimbus & Söhne" in browser.page.text
    with app.app_context():
        held = workspaces.of_slug("nimbus-sohne")
        owner = members.get(held.id, people.of_email("noor@nimbus.test").id)
        assert (owner.role, owner.is_billing_contact) == (Role.SUPER_ADMIN, True)
        assert held.widget_key.startswith("ab_live_")
        assert "ha_secret_" not in held.identity_secret


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("password", "short"),
        ("password", "Noor"),
        ("workspace", " "),
        ("name", ""),
        ("name", "\u3164"),
        ("workspace", "\u2800"),
        ("email", "noor\u200b@nimbus.test"),
        ("email", OWNER),
    ],
)
def test_a_mistake_keeps_what_was_typed_and_makes_nothing(app: Flask, browser: Browser, field: str, value: str) -> None:
    browser.get("/signup")
    page = browser.submit("signup", **(GOOD | {field: value}), status=422)
    assert page.all(class_="error")
    kept = page.values(page.form("signup"))
    assert kept["workspace"] == (GOOD | {field: value})["workspace"]
    with app.app_context():
        assert people.find("noor@nimbus.test") is None
        assert workspaces.find("nimbus-sohne") is None


def test_two_workspaces_of_one_name_get_different_slugs(app: Flask) -> None:
    with app.app_context():
        owner = people.of_email(OWNER)
        assert workspaces.create("Acme", workspaces.free_slug("Acme"), owner).slug.startswith("acme-")


def test_where_sign_up_is_off_there_is_no_form(make_app: Callable[..., Flask]) -> None:
    browser = Browser(make_app(sign_up=False))
    browser.get("/signup", status=404)
    browser.post("/signup", GOOD, status=404)
    assert "/signup" not in browser.get("/signin").html


def test_a_person_with_two_workspaces_switches(browser: Browser) -> None:
    browser.sign_in(OWNER).get("/workspaces/new")
    browser.submit("new-workspace", workspace="Second")
    assert "Second" in browser.get("/dashboard").one("h1").text
    browser.post("/workspaces/acme/current")
    assert browser.get("/dashboard").one("h1").text == "Acme"


def test_nobody_switches_to_a_workspace_of_others(browser: Browser) -> None:
    browser.sign_in(STRANGER).post("/workspaces/acme/current", status=404)
    assert browser.get("/dashboard").one("h1").text == "Umbra"


def test_an_operator_without_a_workspace_begins_at_the_flags(browser: Browser) -> None:
    assert browser.sign_in(OPERATOR).at == "/admin/flags"


def test_somebody_in_no_workspace_can_begin_one(app: Flask, browser: Browser) -> None:
    with app.app_context():
        people.create("lone@some.test", "Lone", PASSWORD)
    browser.sign_in("lone@some.test")
    assert browser.at == "/workspaces/new"
    browser.get("/dashboard", status=403)


def test_workspaces_are_counted_as_new_accounts_are(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halo.ground.limits.SIGN_UPS_PER_ADDRESS", "1 per hour")
    browser.sign_in(OWNER).get("/workspaces/new")
    browser.submit("new-workspace", workspace="Second")
    page = browser.post("/workspaces", {"workspace": "Third"}, status=429)
    assert "Too many attempts" in page.html and "Retry-After" in browser.response.headers


def test_no_password_is_hashed_while_others_wait_to_write(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = hashing.depths(monkeypatch)
    browser.get("/signup")
    browser.submit("signup", **GOOD)
    assert inside == [0]
