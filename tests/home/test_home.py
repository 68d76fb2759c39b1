"""Home: the workspace at a glance, the way to the first call, and what each person may see of it."""

from __future__ import annotations

import datetime
import re

import pytest

from halo.ground.database import now
from tests import cast, factories
from tests.cast import ACME, OPERATOR, OWNER, STRANGER, VIEWER

FIRST_CALL = "/dashboard/first-call"
BODY = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "search_docs", "arguments": {"query": "flags"}},
}


@pytest.fixture
def call(app, client):
    """One call of a person's app, made for real."""

    def make(person: str = OWNER, workspace: str = ACME, scopes: str = factories.READS) -> None:
        with app.app_context():
            app_of = factories.an_oauth_client("Claude Code")
            token = factories.a_token(scopes, person=person, workspace=workspace, client=app_of)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
        client.post("/api/mcp", json=BODY, headers=headers)

    return make


def test_a_new_workspace_is_shown_three_steps(browser) -> None:
    page = browser.sign_in(OWNER).get("/dashboard")
    assert "Three steps to the first call" in words(page, "section", "start")
    assert not page.all(id="calls-over-time")


def test_the_first_call_turns_the_card_green_and_is_counted(browser, call) -> None:
    call()
    page = browser.sign_in(OWNER).get("/dashboard")
    assert "Claude Code just called search_docs" in words(page, "section", "start")
    assert re.search(r"Calls\s+1\b", words(page, "div", "glance"))
    assert "Claude Code" in words(page, "section", "connected")
    assert "searched the documentation" in words(page, "div", "activity")


def test_a_refused_first_call_says_why(browser, call) -> None:
    call(scopes="data:read")
    said = words(browser.sign_in(OWNER).get("/dashboard"), "section", "start")
    assert "Claude Code called search_docs, and was refused" in said
    assert "was not granted the scope" in said


def test_a_waiting_page_asks_until_the_call_has_come(browser, call) -> None:
    waiting = browser.sign_in(OWNER).htmx("GET", FIRST_CALL).text
    assert 'hx-trigger="every 2s, click"' in waiting
    call()
    arrived = browser.htmx("GET", FIRST_CALL).text
    assert "just called search_docs" in arrived and "hx-trigger" not in arrived
    assert "just called search_docs" in browser.get(FIRST_CALL).text


def test_a_page_that_was_left_open_stops_asking(browser) -> None:
    assert "hx-trigger" not in browser.sign_in(OWNER).htmx("GET", FIRST_CALL + "?asked=900").text


def test_another_span_is_the_same_with_htmx_and_without(browser, call) -> None:
    call()
    part = browser.sign_in(OWNER).htmx("GET", "/dashboard?days=30").text
    page = browser.get("/dashboard?days=30")
    assert part.lstrip().startswith('<div class="stack" id="glance">')
    for text in (part, page.html):
        assert "in the last 30 days" in text and '"step": 86400' in text


def test_who_may_not_read_the_log_sees_their_own_apps_and_calls_only(browser, call) -> None:
    call(OWNER)
    page = browser.sign_in(VIEWER).get("/dashboard")
    assert not page.all(id="glance") and not page.all(id="activity")
    assert "You have connected no app" in page.text
    assert "Three steps to the first call" in page.text
    call(VIEWER)
    page = browser.get("/dashboard")
    assert "Claude Code just called search_docs" in page.text
    assert "An admin can allow you that, on Team" in words(page, "section", "ways-on")


def test_the_calls_next_door_are_not_seen(browser, call) -> None:
    call()
    page = browser.sign_in(STRANGER).get("/dashboard")
    assert "Claude Code" not in page.text and "Three steps to the first call" in page.text


def test_a_switched_off_server_is_said_with_who_can_lift_it(browser, make_browser) -> None:
    other = make_browser().sign_in(OPERATOR)
    other.get("/admin/flags/acme")
    with_why = {"why": "The vendor had an incident", "csrf_token": other.csrf_token()}
    assert other.client.post("/admin/flags/acme/mcp_server/off", data=with_why).status_code == 303
    said = words(browser.sign_in(OWNER).get("/dashboard"), "div", "switched-off")
    assert "The MCP server is switched off for Acme" in said
    assert "The vendor had an incident" in said and "An operator of this Halo instance" in said
    assert "The vendor had an incident" not in make_browser().sign_in(VIEWER).get("/dashboard").text


def test_an_older_workspace_is_not_told_how_to_begin(app, browser, call) -> None:
    call()
    with app.app_context():
        from halo.home import glance
        from halo.home.glance import Start

        row = glance.start(principal=_member(app)).call
        row.at = now() - datetime.timedelta(hours=1)
        assert not Start(True, row, "Claude Code", False).is_shown


def test_an_app_that_was_only_refused_the_list_lately_is_not_waited_for(app, browser, client) -> None:
    with app.app_context():
        grant = factories.a_grant(person=VIEWER, client=factories.an_oauth_client("Claude Code"))
        headers = {"Authorization": f"Bearer {factories.a_token(grant=grant)}", "Accept": "application/json"}
        grant_id = grant.id
    client.post("/api/mcp", json=BODY, headers=headers)
    browser.sign_in(VIEWER).get(f"/dashboard/apps/{grant_id}")
    browser.submit(f"pause-{grant_id}")
    client.post("/api/mcp", json={"jsonrpc": "2.0", "id": 2, "method": "tools/list"}, headers=headers)
    assert "Three steps to the first call" not in browser.get("/dashboard").text


def test_an_app_that_has_not_called_can_be_watched_from_home_and_from_the_list(app, browser) -> None:
    with app.app_context():
        grant_id = factories.a_grant(client=factories.an_oauth_client("Claude Code")).id
    browser.sign_in(OWNER)
    for path in ("/dashboard", "/dashboard/apps"):
        browser.get(path)
        assert f'href="/mcp/connected/{grant_id}"' in browser.response.text


def words(page, tag: str, name: str) -> str:
    return " ".join("".join(page.one(tag, id=name).itertext()).split())


def _member(app):
    from halo.ground.permissions import Permission
    from halo.ground.principal import Member

    person, workspace = cast.person(OWNER), cast.workspace(ACME)
    return Member(person.id, person.name, person.email, False, "s", workspace.id, permissions=frozenset(Permission))
