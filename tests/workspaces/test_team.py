from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from halo.apps import personal
from halo.ground.errors import Mistake
from halo.ground.permissions import Role
from halo.workspaces import members
from tests import cast
from tests.cast import ADMIN, OWNER, STRANGER, SUPPORT, VIEWER
from tests.factories import a_token
from tests.oauth.flow import a_client
from tests.support.browser import Browser
from tests.workspaces.authenticator import given_to

TEAM = "/dashboard/settings/team"


def address(app: Flask, email: str) -> str:
    with app.app_context():
        return f"{TEAM}/{cast.person(email).id}"


def role_of(app: Flask, email: str) -> tuple[str, list[str]] | None:
    with app.app_context():
        held = members.find(cast.workspace().id, cast.person(email).id)
        return (held.role, held.permissions) if held else None


def test_an_admin_changes_what_a_member_may_do(app: Flask, browser: Browser) -> None:
    browser.sign_in(ADMIN).get(address(app, VIEWER))
    browser.submit("member-form", preset="support_agent")
    assert browser.at == TEAM
    held = role_of(app, VIEWER)
    assert held is not None and "inbox:manage" in held[1] and "inbox:view" in held[1]


def test_own_choice_takes_the_boxes(app: Flask, browser: Browser) -> None:
    browser.sign_in(ADMIN).get(address(app, VIEWER))
    browser.submit("member-form", preset="custom", permissions=["audit:payloads"])
    assert role_of(app, VIEWER) == ("member", ["audit:payloads", "audit:view"])


def test_a_viewer_sees_the_team_and_changes_nothing(app: Flask, browser: Browser) -> None:
    browser.sign_in(VIEWER).get(TEAM)
    assert "Olivia Owner" in browser.page.text
    assert not browser.page.all("form", id="invite-form")
    browser.get(address(app, VIEWER), status=403)
    browser.post(address(app, VIEWER), {"role": "super_admin"}, status=403)
    browser.post(address(app, SUPPORT) + "/removal", status=403)
    browser.post(TEAM + "/invitations", {"email": "x@y.test", "role": "member"}, status=403)
    assert role_of(app, VIEWER) is not None and role_of(app, VIEWER)[0] == "member"


def test_another_workspaces_owner_finds_no_such_member(app: Flask, browser: Browser) -> None:
    browser.sign_in(STRANGER)
    browser.get(address(app, VIEWER), status=404)
    browser.post(address(app, VIEWER), {"role": "member"}, status=404)
    browser.post(address(app, VIEWER) + "/removal", status=404)
    assert "Vera" not in browser.get(TEAM).text


def test_a_change_answers_303_without_htmx(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER)
    data = {"csrf_token": browser.csrf_token(), "role": "member", "preset": "analyst"}
    answer = browser.client.post(address(app, VIEWER), data=data)
    assert (answer.status_code, answer.location) == (303, TEAM)


def test_removal_shows_what_happens_first(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER).get(address(app, SUPPORT) + "/removal")
    assert len(browser.page.all(id="consequences")) == 1
    browser.submit("removal")
    assert role_of(app, SUPPORT) is None
    assert "no longer in the team" in browser.page.html


def test_the_last_super_admin_stays(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER).get(address(app, OWNER))
    browser.submit("member-form", role="member", preset="viewer", status=422)
    assert "last Super Admin" in browser.page.text
    browser.post(address(app, OWNER) + "/removal", status=422)
    browser.post("/dashboard/profile/departure", status=422)
    assert role_of(app, OWNER) == ("super_admin", [])


def test_an_admin_neither_makes_nor_changes_a_super_admin(app: Flask, browser: Browser) -> None:
    browser.sign_in(ADMIN)
    browser.post(address(app, VIEWER), {"role": "super_admin"}, status=403)
    browser.post(address(app, OWNER), {"role": "member", "preset": "viewer"}, status=403)
    browser.post(address(app, OWNER) + "/removal", status=403)
    assert role_of(app, OWNER) == ("super_admin", [])


def test_a_member_who_manages_the_team_gives_no_more_than_they_hold(app: Flask, browser: Browser) -> None:
    with app.app_context():
        give = ["team:manage", "inbox:view", "contacts:view", "agents:view", "apps:own"]
        acme = cast.workspace().id
        members.change(acme, cast.person(SUPPORT).id, Role.MEMBER, permissions=give, principal=None)
    browser.sign_in(SUPPORT)
    browser.post(address(app, SUPPORT), {"role": "admin"}, status=403)
    browser.post(address(app, VIEWER), {"role": "admin"}, status=403)
    browser.post(address(app, VIEWER), {"role": "member", "permissions": "settings:manage"}, status=403)
    refused = browser.post(TEAM + "/invitations", {"email": "x@y.test", "role": "admin"}, status=403)
    assert "an admin can give the rest" in refused.text
    browser.post(address(app, VIEWER), {"role": "member", "permissions": "inbox:view"})
    assert role_of(app, VIEWER) == ("member", ["inbox:view"])


def test_a_removed_member_is_out_on_the_next_click(app: Flask, browser: Browser, make_browser) -> None:
    theirs = make_browser().sign_in(SUPPORT)
    browser.sign_in(OWNER).post(address(app, SUPPORT) + "/removal")
    theirs.get("/dashboard", status=403)


def test_a_lost_permission_counts_on_the_next_click(app: Flask, browser: Browser, make_browser) -> None:
    theirs = make_browser().sign_in(ADMIN)
    theirs.get("/dashboard/settings")
    browser.sign_in(OWNER).post(address(app, ADMIN), {"role": "member", "preset": "viewer"})
    theirs.get("/dashboard/settings", status=403)


def test_an_unknown_role_or_permission_is_a_mistake(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER)
    browser.post(address(app, VIEWER), {"role": "emperor"}, status=422)
    browser.post(address(app, VIEWER), {"role": "member", "permissions": "world:rule"}, status=422)


def test_two_super_admins_who_demote_each_other_do_not_both_succeed(app: Flask) -> None:
    with app.app_context():
        acme, both = cast.workspace().id, [cast.person(OWNER).id, cast.person(ADMIN).id]
        members.change(acme, both[1], Role.SUPER_ADMIN, principal=None)
    start = threading.Barrier(2)

    def demote(person_id: str) -> bool:
        with app.app_context():
            start.wait()
            try:
                members.change(acme, person_id, Role.MEMBER, preset="viewer", principal=None)
            except Mistake:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, both)) == [False, True]


def test_managers_see_who_has_two_factor_and_when_each_signed_in(app: Flask, browser: Browser) -> None:
    given_to(app, SUPPORT)
    page = browser.sign_in(ADMIN).get(TEAM)
    (row,) = [row for row in page.all("tr") if SUPPORT in "".join(row.itertext())]
    assert "On" in "".join(row.itertext()) and "never" in "".join(row.itertext())
    (mine,) = [row for row in page.all("tr") if ADMIN in "".join(row.itertext())]
    assert "just now" in "".join(mine.itertext()) or "ago" in "".join(mine.itertext())
    assert "Two-factor" not in Browser(app).sign_in(VIEWER).get(TEAM).text


def test_a_search_finds_by_name_and_address(browser: Browser) -> None:
    browser.sign_in(OWNER)
    assert "Vera Viewer" in browser.get(TEAM + "?q=VERA").text
    assert "Vera Viewer" not in "".join(browser.get(TEAM + "?q=owner@").one(id="members").itertext())
    page = browser.get(TEAM + "?q=nobody")
    assert "Nobody here is called that" in page.text


def test_a_change_that_takes_from_connected_apps_says_so_first(app: Flask, browser: Browser) -> None:
    with app.app_context():
        a_token(person=SUPPORT, scopes="docs:read data:read")
    browser.sign_in(OWNER).get(address(app, SUPPORT))
    page = browser.submit("member-form", preset="help_center_editor")
    words = "".join(page.one(id="consequences").itertext())
    assert "1 connection loses something" in words and "data:read" in words and "docs:read" not in words
    held = role_of(app, SUPPORT)
    assert held is not None and "contacts:edit" in held[1]
    browser.submit("change-anyway")
    held = role_of(app, SUPPORT)
    assert browser.at == TEAM and held is not None and "contacts:view" not in held[1]


def test_removal_names_the_apps_and_tokens_that_end(app: Flask, browser: Browser, make_browser) -> None:
    client = a_client(app, client_name="Sam's Cursor")
    client.connect(make_browser().sign_in(SUPPORT))
    with app.app_context():
        ids = {"workspace_id": cast.workspace().id, "person_id": cast.person(SUPPORT).id}
        personal.create(
            "Nightly script", words=["docs:read"], days=30, principal=None, settings=app.extensions["halo"], **ids
        )
    page = browser.sign_in(OWNER).get(address(app, SUPPORT) + "/removal")
    words = "".join(page.one(id="consequences").itertext())
    assert "1 connected app stops working" in words and "Sam's Cursor" in words
    assert "1 access token stops working" in words and "1 browser of theirs" in words and "Nightly script" in words


def test_a_wrong_address_is_named_at_its_field_and_stays_typed(browser: Browser) -> None:
    browser.sign_in(OWNER).get(TEAM)
    page = browser.submit("invite-form", email="nobody", preset="analyst", status=422)
    assert "such as ana@example.com" in (page.one(id="field-email-error").text or "")
    assert page.values(page.form("invite-form"))["preset"] == "analyst"
