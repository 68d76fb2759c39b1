from __future__ import annotations

import datetime
from typing import Any

import pytest
from flask import Flask

from halo import authenticate, facts
from halo.actions import service as actions
from halo.actions.vocabulary import EXTERNAL_CLIENTS
from halo.apps import access
from halo.audit import history
from halo.audit.history import Wanted
from halo.flags import service as flags
from halo.ground.database import now, one_change
from halo.ground.permissions import Role
from halo.ledger import changes, events, reverts
from halo.workspaces import members, workspaces
from tests import cast, factories
from tests.cast import ADMIN, OWNER, STRANGER, SUPPORT, VIEWER
from tests.support.browser import Browser

CHANGES = "/dashboard/audit/changes"


def newest(app: Flask, event: str) -> tuple[str, str]:
    """(address, reason) of the newest change of this event in Acme."""
    with app.app_context():
        row = history.page(cast.workspace().id, Wanted(event=event))[0][0]
        return f"{CHANGES}/{row.id}", row.why


def change_support(app: Flask, *permissions: str) -> None:
    with app.app_context():
        acme, person = cast.workspace().id, cast.person(SUPPORT).id
        members.change(acme, person, Role.MEMBER, permissions=permissions, principal=None)


def held_by_support() -> set[str]:
    return {word.value for word in members.held(members.get(cast.workspace().id, cast.person(SUPPORT).id))}


def test_only_known_events_can_be_reverted() -> None:
    assert reverts.revertible() <= set(events.EVENTS)


def test_a_members_permissions_are_given_back(app: Flask, browser: Browser) -> None:
    with app.app_context():
        before = held_by_support()
    change_support(app, "inbox:view")
    path, _ = newest(app, "member.changed")
    page = browser.sign_in(OWNER).get(path)
    assert "What would happen" in page.text
    browser.submit("revert-form", why="A slip")
    _, why = newest(app, "member.changed")
    assert why == f"revert of {path.rpartition('/')[2]}: A slip"
    assert "took back an earlier change" in browser.page.text and "A slip" in browser.page.text
    with app.app_context():
        assert held_by_support() == before


def test_a_later_change_is_not_lost(app: Flask, browser: Browser) -> None:
    change_support(app, "inbox:view")
    path, _ = newest(app, "member.changed")
    change_support(app, "audit:view")
    page = browser.sign_in(OWNER).get(path)
    assert "changed again since" in page.text and not page.all("form", id="revert-form")
    browser.post(path + "/revert", status=422)
    with app.app_context():
        assert held_by_support() == {"audit:view"}


def test_settings_go_back_to_what_they_were(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER)
    with app.app_context():
        member = authenticate.by_cookie(browser.client.get_cookie("halo_session").value)
        workspaces.update(
            principal=member, name="Acme & Sons", time_zone="Asia/Tokyo", identity_required=False,
            audit_payloads="redacted", call_limits={"calls_per_client": "7"},
        )  # fmt: skip
    browser.get(newest(app, "workspace.updated")[0])
    browser.submit("revert-form")
    with app.app_context():
        here = cast.workspace()
        assert (here.name, here.time_zone, here.limits) == ("Acme", "UTC", {})


def test_a_paused_connection_is_resumed(app: Flask, browser: Browser) -> None:
    with app.app_context():
        grant_id = factories.a_grant().id
    browser.sign_in(OWNER).post(f"/dashboard/apps/{grant_id}/pause")
    browser.get(newest(app, "grant.paused")[0])
    browser.submit("revert-form")
    assert newest(app, "grant.resumed")[1].startswith("revert of ")


def test_an_edited_connection_gets_back_what_it_had(app: Flask, browser: Browser, make_browser: Any) -> None:
    browser.sign_in(OWNER)
    with app.app_context():
        grant_id = factories.a_grant("docs:read setup:read data:read").id
        member = authenticate.by_cookie(browser.client.get_cookie("halo_session").value)
        access.change(grant_id, ["docs:read"], principal=member)
    path, _ = newest(app, "grant.narrowed")
    page = make_browser().sign_in(ADMIN).get(path)
    assert "The person who allowed the app can" in page.text and not page.all("form", id="revert-form")
    browser.get(path)
    browser.submit("revert-form")
    with app.app_context():
        assert set(authenticate.of_grant(grant_id).scopes) == {"docs:read", "setup:read", "data:read"}


def test_a_switched_action_is_set_back(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER)
    with app.app_context():
        member = authenticate.by_cookie(browser.client.get_cookie("halo_session").value)
        workspace = facts.now_of(member.workspace_id)
        actions.switch_off(["search_docs"], holder=EXTERNAL_CLIENTS, workspace=workspace, principal=member)
    browser.get(newest(app, "action.switched_off")[0])
    browser.submit("revert-form")
    with app.app_context():
        assert actions.modes_of(EXTERNAL_CLIENTS, facts.now_of(cast.workspace().id))["search_docs"].value == "auto"


def test_a_flag_is_the_operators(app: Flask, browser: Browser) -> None:
    with app.app_context():
        flags.turn_off("mcp_server", workspace_id=cast.workspace().id, why="A drill", principal=None)
    path, _ = newest(app, "flag.turned_off")
    page = browser.sign_in(OWNER).get(path)
    assert "An operator of this Halo instance" in page.text and not page.all("form", id="revert-form")
    browser.post(path + "/revert", status=403)


def test_a_flag_says_that_its_end_and_message_do_not_come_back(app: Flask, browser: Browser) -> None:
    with app.app_context():
        held = {"workspace_id": cast.workspace().id, "principal": None}
        tomorrow = now() + datetime.timedelta(days=1)
        flags.turn_off("mcp_server", why="A drill", message="Back soon.", ends_at=tomorrow, **held)
        flags.turn_on("mcp_server", why="Over", **held)
    said = browser.sign_in(OWNER).get(newest(app, "flag.turned_on")[0]).text
    assert "Only on or off comes back, not when it was to end or the message" in said


def test_what_has_no_way_back_has_no_button(app: Flask, browser: Browser) -> None:
    browser.sign_in(OWNER)
    with app.app_context(), one_change():
        acme = cast.workspace()
        subject = ("workspace", acme.id, acme.name)
        changes.record("workspace.key_rotated", workspace_id=acme.id, principal=None, subject=subject)
    path, _ = newest(app, "workspace.key_rotated")
    assert not browser.get(path).all(id="revert")
    browser.post(path + "/revert", status=422)


def test_changes_need_the_permission_and_stay_in_their_workspace(
    app: Flask, browser: Browser, make_browser: Any
) -> None:
    change_support(app, "inbox:view")
    path, _ = newest(app, "member.changed")
    make_browser().sign_in(VIEWER).get(path, status=403)
    browser.sign_in(STRANGER).get(path, status=404)
    browser.post(path + "/revert", status=404)


@pytest.mark.parametrize("name", ["person", "kind", "event", "subject"])
def test_changes_are_filtered_by_what_the_url_says(app: Flask, browser: Browser, name: str) -> None:
    change_support(app, "inbox:view")
    with app.app_context():
        flags.turn_off("mcp_server", workspace_id=cast.workspace().id, why="A drill", principal=None)
        support = cast.person(SUPPORT).id
    browser.sign_in(ADMIN)
    value = {"person": support, "kind": "person", "event": "member.changed", "subject": support}[name]
    said = browser.get(CHANGES, query_string={name: value}).text
    assert "A drill" not in said and len(browser.page.all("a", class_="chip-remove")) == 1
    assert (SUPPORT in said) is (name != "person")


def test_a_role_is_said_by_its_name() -> None:
    assert history.word("role", "super_admin") == "Super Admin" and history.word("name", "member") == "member"
