from __future__ import annotations

from flask import Flask

from halo.ground.permissions import Role
from halo.workspaces import members
from tests import cast, factories
from tests.cast import OPERATOR, OWNER, STRANGER, SUPPORT, VIEWER
from tests.support.browser import Browser

WHY = "/dashboard/audit/why"


def grant(app: Flask, words: str = "docs:read", person: str = OWNER) -> str:
    with app.app_context():
        return str(factories.a_grant(words, person=person).id)


def verdict(browser: Browser, grant_id: str, tool: str = "search_docs") -> str:
    page = browser.get(WHY, query_string={"grant": grant_id, "tool": tool})
    return "".join(page.one(id="verdict").itertext())


def test_a_tool_of_a_granted_scope_is_seen(app: Flask, browser: Browser) -> None:
    assert "Seen" in verdict(browser.sign_in(OWNER), grant(app))


def test_a_missing_scope_is_named(app: Flask, browser: Browser) -> None:
    assert "was not granted the scope" in verdict(browser.sign_in(OWNER), grant(app, "setup:read"))


def test_a_flag_that_is_off_comes_first(app: Flask, browser: Browser, make_browser) -> None:
    make_browser().sign_in(OPERATOR).post("/admin/flags/acme/mcp_server/off", {"why": "Test"})
    assert "switched off for this workspace" in verdict(browser.sign_in(OWNER), grant(app, "setup:read"))


def test_a_person_who_left_is_the_reason(app: Flask, browser: Browser) -> None:
    held = grant(app, person=SUPPORT)
    with app.app_context():
        from halo.workspaces.accounts import people

        people.deactivate(cast.person(SUPPORT).id, principal=None)
    assert "not an active member" in verdict(browser.sign_in(OWNER), held)


def test_an_unknown_tool_is_said_to_be_unknown(app: Flask, browser: Browser) -> None:
    assert "There is no such tool" in verdict(browser.sign_in(OWNER), grant(app), "delete_everything")


def test_a_member_asks_about_their_own_connections_only(app: Flask, browser: Browser) -> None:
    mine, others = grant(app, person=VIEWER), grant(app)
    assert "Seen" in verdict(browser.sign_in(VIEWER), mine)
    browser.get(WHY, query_string={"grant": others, "tool": "search_docs"}, status=404)


def test_a_connection_of_another_workspace_is_not_found(app: Flask, browser: Browser) -> None:
    browser.sign_in(STRANGER).get(WHY, query_string={"grant": grant(app), "tool": "search_docs"}, status=404)


def test_removal_from_the_team_ends_the_connections(app: Flask, browser: Browser) -> None:
    held = grant(app, person=SUPPORT)
    with app.app_context():
        acme, person = cast.workspace().id, cast.person(SUPPORT).id
        members.remove(acme, person, principal=None)
        members.add(acme, person, Role.ADMIN, principal=None)
    browser.sign_in(OWNER).get(WHY, query_string={"grant": held, "tool": "search_docs"}, status=404)
