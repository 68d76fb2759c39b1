"""A person in no workspace: what is theirs opens, what is a workspace's does not, and no page breaks on them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from halo import web
from halo.web import MEMBER, PERSON, Need, door
from halo.workspaces.accounts import people
from tests.cast import PASSWORD
from tests.oauth.flow import signed_in
from tests.support.browser import Browser

one_database = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
LONE = "lone@some.test"


@pytest.fixture
def newcomer(app: Flask, browser: Browser) -> Browser:
    with app.app_context():
        people.create(LONE, "Lone", PASSWORD)
    return browser.sign_in(LONE)


def pages(app: Flask) -> dict[str, Need]:
    """The plain pages behind a cookie, by address."""
    needs = {str(rule): getattr(app.view_functions[rule.endpoint], "need", None) for rule in plain(app)}
    return {address: need for address, need in needs.items() if need is not None and need.credential == "cookie"}


def plain(app: Flask) -> list:
    return [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and not rule.arguments]


@one_database
def test_no_page_of_a_workspace_opens(app: Flask, newcomer: Browser) -> None:
    closed = [it for it, need in pages(app).items() if need is MEMBER or need.permission is not None]
    assert len(closed) > 10
    for address in closed:
        page = newcomer.get(address, status=403)
        assert "You are in no workspace" in page.text, address


@one_database
def test_every_page_of_a_persons_own_opens(app: Flask, newcomer: Browser) -> None:
    own = {it for it, need in pages(app).items() if need is PERSON}
    assert {"/dashboard/profile", "/dashboard/palette", "/workspaces/new"} <= own
    for address in own:
        assert newcomer.client.get(address).status_code in (200, 303, 404), address


def test_what_a_newcomer_changes_of_themselves_is_kept(newcomer: Browser) -> None:
    newcomer.get("/dashboard/profile")
    newcomer.submit("rename", name="Lone Ranger")
    assert newcomer.get("/dashboard/profile").text.count("Lone Ranger")
    assert newcomer.get("/dashboard/palette").text.count("Create a workspace")


@one_database
def test_a_view_that_also_opens_to_newcomers_may_not_take_its_visitor_for_a_member(
    make_app: Callable[..., Flask],
) -> None:
    """It would work for members and break for newcomers, so it breaks for all."""
    app = make_app()
    app.add_url_rule("/mistaken", "mistaken", door(PERSON)(lambda: web.principal().workspace_name))
    assert signed_in(app).client.get("/mistaken").status_code == 500
