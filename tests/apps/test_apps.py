"""Connected apps: what is listed to whom, what one tells, and that every change is in force on the next call."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from halo.ground import limits
from halo.ground.database import db, now, one_change
from halo.ledger.models import ActionExecution, Change
from halo.oauth.models import Grant
from tests import cast, factories
from tests.consent.tools import integration_tools
from tests.oauth.flow import a_client, call, is_good, signed_in

__all__ = ["integration_tools"]


def connected(app: Flask, email: str = cast.SUPPORT, name: str = "Notes", **metadata: object) -> tuple[dict, str]:
    """Tokens of a new connection, and its id on the page."""
    browser = signed_in(app, email)
    said = a_client(app, client_name=name, **metadata).connect(browser)
    page = browser.get("/dashboard/apps")
    rows = [it.get("id") or "" for it in page.all("tr") if "app-" in (it.get("id") or "")]
    with app.app_context():
        newest = max(row.removeprefix("app-") for row in rows)
    return said, newest


def listed(app: Flask, token: str) -> set[str]:
    """The tools that the token's client is shown."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    said = app.test_client().post("/api/mcp", json=message, headers={"Authorization": f"Bearer {token}"})
    return {it["name"] for it in said.get_json()["result"]["tools"]}


def the(app: Flask, grant: str, **columns: object) -> None:
    """Change the row behind the page's back."""
    with app.app_context(), one_change():
        row = db.session.get(Grant, grant)
        for name, value in columns.items():
            setattr(row, name, value)


def test_a_person_sees_and_revokes_their_connection(app: Flask) -> None:
    said, grant = connected(app)
    assert is_good(app, said["access_token"])
    browser = signed_in(app, cast.SUPPORT)
    page = browser.get("/dashboard/apps")
    assert "Notes" in page.text
    assert "data:read" in page.text
    assert "DCR" in page.text
    browser.get(f"/dashboard/apps/{grant}/revoke")
    page = browser.submit("confirm-form")
    assert "Notes is disconnected" in page.text
    assert not is_good(app, said["access_token"])
    assert "Nothing is connected yet" in browser.get("/dashboard/apps").text


def test_after_revoking_the_first_refused_call_stands_there_as_proof(app: Flask) -> None:
    said, grant = connected(app)
    browser = signed_in(app, cast.SUPPORT)
    browser.get(f"/dashboard/apps/{grant}")
    page = browser.submit(f"revoke-{grant}")
    assert "Waiting for its next call" in page.text
    waiting = browser.htmx("GET", f"/dashboard/apps/{grant}/proof").text
    assert "load delay:3s" in waiting
    assert call(app, said["access_token"]).status_code == 401
    proof = browser.htmx("GET", f"/dashboard/apps/{grant}/proof").text
    assert "Notes tried at" in proof
    assert "and was refused" in proof
    assert "load delay" not in proof


def test_the_page_stops_waiting_for_a_proof_after_ten_minutes(app: Flask) -> None:
    _, grant = connected(app)
    the(app, grant, revoked_at=now() - datetime.timedelta(minutes=11), revoked_why="revoked")
    shown = signed_in(app, cast.SUPPORT).get(f"/dashboard/apps/{grant}")
    assert "It has not called since" in shown.text
    assert "load delay" not in shown.html


def test_pausing_refuses_and_resuming_allows_again(app: Flask) -> None:
    said, grant = connected(app)
    browser = signed_in(app, cast.SUPPORT)
    browser.get(f"/dashboard/apps/{grant}")
    assert "Paused" in browser.submit(f"pause-{grant}").text
    assert call(app, said["access_token"]).status_code == 403
    assert "was refused" in browser.get(f"/dashboard/apps/{grant}").text
    browser.submit(f"resume-{grant}")
    assert is_good(app, said["access_token"])


def test_an_edit_is_in_force_on_the_next_call_and_can_be_taken_back(app: Flask) -> None:
    said, grant = connected(app)
    before = listed(app, said["access_token"])
    browser = signed_in(app, cast.SUPPORT)
    browser.get(f"/dashboard/apps/{grant}")
    page = browser.submit(f"access-{grant}", scope=["docs:read"])
    assert "has what you left on" in page.text
    narrowed = listed(app, said["access_token"])
    assert narrowed < before
    assert not any(name.startswith("data_") for name in narrowed)
    browser.submit(f"access-{grant}", scope=["docs:read", "data:read"])
    assert listed(app, said["access_token"]) == before


PARTS = ("actions:crm:create_deal", "actions:crm:note", "actions:chat:post")


@pytest.mark.usefixtures("integration_tools")
@pytest.mark.parametrize(
    ("grouped", "taken_out", "left"),
    [
        ("", {"actions:*"}, "docs:read"),
        ("", {"actions:crm:*"}, "docs:read actions:chat:*"),
        ("", {"actions:crm:note"}, "docs:read actions:chat:* actions:crm:create_deal"),
        (
            "yes",
            {"actions:*", "actions:crm:*", "actions:crm:note"},
            "docs:read actions:chat:post actions:crm:create_deal",
        ),
    ],
)
def test_what_is_switched_off_as_a_whole_is_off_whether_a_script_unticks_its_parts_or_not(
    app: Flask, grouped: str, taken_out: set[str], left: str
) -> None:
    with app.app_context():
        grant = factories.a_grant("docs:read actions:*").id
    browser = signed_in(app)
    browser.get(f"/dashboard/apps/{grant}")
    form = browser.page.form(f"access-{grant}")
    ticked = browser.page.values(form)["scope"]
    assert {"actions:*", "actions:crm:*", "actions:chat:*", *PARTS} < set(ticked)
    browser.submit(f"access-{grant}", scope=[it for it in ticked if it not in taken_out], grouped=grouped)
    with app.app_context():
        assert db.session.get(Grant, grant).scopes == left


@pytest.mark.usefixtures("integration_tools")
def test_a_form_that_is_sent_as_it_came_changes_nothing_without_a_script_either(app: Flask) -> None:
    with app.app_context():
        grant = factories.a_grant("docs:read actions:crm:note", consented="docs:read actions:*").id
    browser = signed_in(app)
    browser.get(f"/dashboard/apps/{grant}")
    browser.submit(f"access-{grant}")
    with app.app_context():
        assert db.session.get(Grant, grant).scopes == "docs:read actions:crm:note"


def test_an_edit_never_reaches_beyond_the_last_consent(app: Flask) -> None:
    said, grant = connected(app)
    browser = signed_in(app, cast.SUPPORT)
    browser.get(f"/dashboard/apps/{grant}")
    browser.post(f"/dashboard/apps/{grant}/access", {"scope": ["docs:read", "setup:read", "actions:*"]})
    with app.app_context():
        assert db.session.get(Grant, grant).scopes == "docs:read"
    assert "setup:read" not in browser.get(f"/dashboard/apps/{grant}").html
    assert said["scope"] == "docs:read data:read"


def test_an_admin_narrows_what_only_the_person_gives_back(app: Flask) -> None:
    _, grant = connected(app)
    admin = signed_in(app, cast.ADMIN)
    admin.get(f"/dashboard/apps/{grant}")
    admin.submit(f"access-{grant}", scope=["docs:read"])
    admin.post(f"/dashboard/apps/{grant}/access", {"scope": ["docs:read", "data:read"]})
    with app.app_context():
        assert db.session.get(Grant, grant).scopes == "docs:read"
    owner = signed_in(app, cast.SUPPORT)
    owner.get(f"/dashboard/apps/{grant}")
    owner.submit(f"access-{grant}", scope=["docs:read", "data:read"])
    with app.app_context():
        assert db.session.get(Grant, grant).scopes == "docs:read data:read"
        events = [row.event for row in db.session.query(Change).filter_by(subject_id=grant).all()]
        assert events.count("grant.narrowed") == 2, "an edit that changes nothing is no change"


def test_a_refresh_tells_a_narrowed_client_what_is_left(app: Flask) -> None:
    client = a_client(app, client_name="Notes")
    browser = signed_in(app, cast.SUPPORT)
    said = client.connect(browser)
    page = browser.get("/dashboard/apps")
    grant = next(it.get("id") for it in page.all("tr") if it.get("id")).removeprefix("app-")
    browser.get(f"/dashboard/apps/{grant}")
    browser.submit(f"access-{grant}", scope=["docs:read"])
    assert client.refresh(said["refresh_token"]).get_json()["scope"] == "docs:read"


def test_leaving_nothing_on_is_a_mistake_with_a_way_out(app: Flask) -> None:
    _, grant = connected(app)
    browser = signed_in(app, cast.SUPPORT)
    browser.get(f"/dashboard/apps/{grant}")
    page = browser.submit(f"access-{grant}", status=422, scope=[])
    assert "to end the connection, revoke it" in page.text


def test_an_admin_ends_the_connection_of_another(app: Flask) -> None:
    said, grant = connected(app)
    browser = signed_in(app, cast.ADMIN)
    assert "Notes" not in browser.get("/dashboard/apps").text
    assert "support@acme.test" in browser.get("/dashboard/apps?show=all").text
    browser.get(f"/dashboard/apps/{grant}")
    browser.submit(f"revoke-{grant}")
    assert not is_good(app, said["access_token"])


@pytest.mark.parametrize("verb", ["revoke", "pause", "resume", "access", "report"])
def test_without_the_permission_another_persons_connection_does_not_exist(app: Flask, verb: str) -> None:
    said, grant = connected(app)
    for email in (cast.VIEWER, cast.STRANGER):
        browser = signed_in(app, email)
        browser.get("/dashboard/apps")
        browser.get(f"/dashboard/apps/{grant}", status=404)
        browser.get(f"/dashboard/apps/{grant}/proof", status=404)
        browser.post(f"/dashboard/apps/{grant}/{verb}", {"why": "x"}, status=404)
    assert is_good(app, said["access_token"])


@pytest.mark.parametrize("path", ["?show=all", "/admission", "/idle?show=all"])
def test_the_whole_workspace_needs_the_permission(app: Flask, path: str) -> None:
    page = signed_in(app, cast.VIEWER).get(f"/dashboard/apps{path}", status=403)
    assert "This takes a permission that you do not have here" in page.text


def test_htmx_gets_the_changed_part_and_tells_the_list(app: Flask) -> None:
    _, grant = connected(app)
    browser = signed_in(app, cast.SUPPORT)
    browser.get(f"/dashboard/apps/{grant}")
    response = browser.htmx("POST", f"/dashboard/apps/{grant}/pause")
    assert response.status_code == 200
    assert response.text.strip().startswith('<div id="app"')
    assert "Resume" in response.text
    assert response.headers["HX-Trigger"] == "apps-changed"
    assert browser.htmx("GET", f"/dashboard/apps/{grant}").text.strip().startswith('<div id="drawer"')
    assert browser.htmx("GET", "/dashboard/apps").text.strip().startswith('<section id="apps"')


def test_filters_search_and_groups_stand_in_the_address(app: Flask) -> None:
    connected(app, name="Notes")
    _, paused = connected(app, name="Ledger")
    the(app, paused, paused_at=now())
    browser = signed_in(app, cast.ADMIN)
    assert "Notes" not in browser.get("/dashboard/apps?show=all&q=ledg").text
    assert "Notes" not in browser.get("/dashboard/apps?show=all&state=refused").text
    assert "Sam Support, support@acme.test" in browser.get("/dashboard/apps?show=all&by=person").text
    page = browser.get("/dashboard/apps?show=all&by=app")
    assert [it.text.strip() for it in page.all("h2", class_="group-heading")] == ["Ledger", "Notes"]
    assert "Nothing here fits" in browser.get("/dashboard/apps?show=all&q=nowhere").text


def test_the_page_tells_device_protocol_calls_and_history(app: Flask) -> None:
    said, grant = connected(app)
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search_docs", "arguments": {}}}
    message["params"]["arguments"] = {"query": "flags"}
    headers = {"Authorization": f"Bearer {said['access_token']}", "User-Agent": "claude-code/2.1.3 (cli; Linux)"}
    headers["MCP-Protocol-Version"] = "2025-11-25"
    assert app.test_client().post("/api/mcp", json=message, headers=headers).status_code == 200
    page = signed_in(app, cast.SUPPORT).get(f"/dashboard/apps/{grant}")
    for words in ("claude-code 2.1.3 · Linux", "2025-11-25", "search_docs", "1 call", "allowed Notes to connect"):
        assert words in page.text, words
    assert "data:read" in page.text


def test_what_is_idle_is_listed_and_only_what_was_listed_goes(app: Flask) -> None:
    old, grant = connected(app, name="Dusty")
    fresh, _ = connected(app, name="Notes")
    the(app, grant, last_used_at=now() - datetime.timedelta(days=70))
    browser = signed_in(app, cast.SUPPORT)
    assert "Nothing is idle that long" in browser.get("/dashboard/apps/idle?days=90").text
    page = browser.get("/dashboard/apps/idle?days=60")
    assert "Dusty" in page.text
    assert "Notes" not in page.text
    assert "1 idle connection ended" in browser.submit("idle-form").text
    assert not is_good(app, old["access_token"])
    assert is_good(app, fresh["access_token"])


def test_an_admin_ends_every_connection_of_one_app(app: Flask) -> None:
    one, grant = connected(app, name="Notes")
    other, _ = connected(app, cast.VIEWER, name="Notes")
    third, _ = connected(app, cast.OWNER, name="Ledger")
    browser = signed_in(app, cast.ADMIN)
    page = browser.get(f"/dashboard/apps/{grant}/revoke-everywhere")
    assert "2 connections" in page.text
    assert "2 connections ended" in browser.submit("confirm-form").text
    assert not is_good(app, one["access_token"])
    assert not is_good(app, other["access_token"])
    assert is_good(app, third["access_token"])
    signed_in(app, cast.SUPPORT).get(f"/dashboard/apps/{grant}/revoke-everywhere", status=403)


def test_a_report_stands_on_every_row_of_the_app(app: Flask) -> None:
    _, grant = connected(app)
    browser = signed_in(app, cast.SUPPORT)
    browser.get(f"/dashboard/apps/{grant}")
    browser.submit(f"report-{grant}", status=422, why="  ")
    browser.submit(f"report-{grant}", why="Asked for more customers than it was told to")
    page = signed_in(app, cast.ADMIN).get("/dashboard/apps?show=all")
    assert "Reported" in page.text
    page = signed_in(app, cast.ADMIN).get(f"/dashboard/apps/{grant}")
    assert "Asked for more customers" in page.text


def test_a_dead_token_that_keeps_knocking_is_refused_each_time_and_recorded_only_so_often(app: Flask) -> None:
    said, grant = connected(app)
    browser = signed_in(app, cast.SUPPORT)
    browser.get(f"/dashboard/apps/{grant}")
    browser.submit(f"revoke-{grant}")
    assert {call(app, said["access_token"]).status_code for _ in range(limits.DEAD_CALLS_PER_CONNECTION + 10)} == {401}
    with app.app_context():
        refused = ActionExecution.grant_id == grant, ActionExecution.reason == "credential_revoked"
        assert (
            db.session.scalar(select(func.count()).select_from(ActionExecution).where(*refused))
            == limits.DEAD_CALLS_PER_CONNECTION
        )


def test_a_token_that_nobody_knows_leaves_no_row(app: Flask) -> None:
    assert call(app, "halo_at_" + "x" * 43).status_code == 401
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ActionExecution)) == 0
