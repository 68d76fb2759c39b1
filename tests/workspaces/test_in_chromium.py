"""Chromium: the main task of Team, Account, Settings and signing up, and what htmx does on the dashboard's pages."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import cast
from tests.support.live import LiveServer
from tests.support.tabs import come_in, complaints, sign_in

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
TEAM = "/dashboard/settings/team"
PROFILE = "/dashboard/profile"
SETTINGS = "/dashboard/settings"
NEW = "three random words"


def test_a_call_opens_beside_the_list_and_escape_closes_it(live_server, page: Page, problems: list[str]) -> None:
    _call(live_server)
    sign_in(page, live_server, cast.OWNER)
    page.goto(live_server.url + "/dashboard/audit?view=table")
    page.locator("#executions tbody tr").first.click()
    expect(page.locator("#drawer .drawer-panel")).to_contain_text("What the gate said")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer .drawer-panel")).to_have_count(0)
    assert problems == []


def test_the_identity_secret_appears_in_place(live_server, page: Page, problems: list[str]) -> None:
    sign_in(page, live_server, cast.STRANGER)
    page.goto(live_server.url + "/dashboard/settings")
    page.locator("#keys").get_by_role("button", name="Show").click()
    expect(page.locator("#keys")).to_contain_text("ha_secret_umbra")
    page.reload()
    expect(page.locator("#keys")).not_to_contain_text("ha_secret_umbra")
    assert problems == []


def test_filters_send_themselves(live_server, page: Page, problems: list[str]) -> None:
    _call(live_server)
    sign_in(page, live_server, cast.ADMIN)
    page.goto(live_server.url + "/dashboard/audit")
    page.get_by_label("Outcome").select_option("refused")
    page.wait_for_url(re.compile("outcome=refused"))
    expect(page.locator(".chips")).to_contain_text("Refused")
    assert problems == []


def test_somebody_is_invited_joins_gets_another_role_and_is_removed(
    live_server, browser_context: Any, chromium: Browser
) -> None:
    page = come_in(browser_context, live_server)
    problems = complaints(page)
    link = _invite(page, live_server, "nina@newcomer.test")
    page.reload()
    expect(page.locator("#invitations")).to_contain_text("nina@newcomer.test")
    expect(page.locator("#invitation")).to_have_count(0)

    with chromium.new_context() as context:
        theirs = context.new_page()
        theirs.goto(link)
        theirs.get_by_label("Your name").fill("Nina Newcomer")
        theirs.get_by_label("Choose a password").fill(NEW)
        theirs.get_by_role("button", name="Create account and join").click()
        expect(theirs.locator("#workspace-switcher")).to_contain_text("Acme")

        page.reload()
        expect(page.locator("#invitations")).to_be_hidden()
        page.locator("#members").get_by_role("link", name="Nina Newcomer").click()
        page.get_by_label("Role").select_option("Admin")
        page.get_by_role("button", name="Save").click()
        row = page.locator("#members tr", has_text="Nina Newcomer")
        expect(row.locator("[data-label=Role]")).to_have_text("Admin")
        theirs.reload()
        expect(theirs.locator("#navigation")).to_contain_text("Settings")

        row.get_by_role("link").click()
        page.get_by_role("link", name="Remove from team").click()
        expect(page.locator("#consequences")).to_contain_text("1 browser of theirs stops seeing Acme")
        page.get_by_role("button", name="Remove Nina Newcomer").click()
        expect(page.locator("#members")).to_contain_text("Olivia Owner")
        expect(page.locator("#members")).not_to_contain_text("Nina Newcomer")
        theirs.reload()
        expect(theirs.locator("#main")).to_contain_text("You are in no workspace")
    assert problems == []


def test_another_browser_is_signed_out_and_the_password_changed(
    live_server, browser_context: Any, chromium: Browser
) -> None:
    page = come_in(browser_context, live_server, cast.VIEWER)
    problems = complaints(page)
    with chromium.new_context() as context:
        other = come_in(context, live_server, cast.VIEWER)
        other.goto(live_server.url + PROFILE)
        page.goto(live_server.url + PROFILE)
        sessions = page.locator("#sessions")
        sessions.get_by_role("button", name="Sign out", exact=True).click()
        expect(sessions.get_by_role("listitem")).to_have_count(1)
        expect(sessions).to_contain_text("This browser")
        other.reload()
        expect(other.locator("#signin")).to_be_visible()

    page.get_by_label("Current password").fill("guess guess")
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#password")).to_contain_text("This is not your")
    page.get_by_label("Current password").fill(cast.PASSWORD)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Change password").click()
    expect(page.locator(".toast")).to_contain_text("changed")
    page.context.clear_cookies()
    page.goto(live_server.url + "/signin")
    page.get_by_label("E-mail").fill(cast.VIEWER)
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("#account")).to_contain_text("Vera Viewer")
    assert problems == []


def test_a_new_name_shows_and_a_replaced_widget_key_is_another(live_server, page: Page, problems: list[str]) -> None:
    sign_in(page, live_server, cast.STRANGER)
    page.goto(live_server.url + SETTINGS)
    general, keys = page.locator("#general"), page.locator("#keys")
    general.get_by_label("Name").fill("Umbra and Daughters")
    general.get_by_role("button", name="Save").click()
    expect(general.get_by_role("status")).to_be_visible()
    keys.get_by_text("Replace the widget key").click()
    keys.get_by_role("button", name="Replace widget key").click()
    expect(keys.get_by_role("status")).to_be_visible()
    expect(keys).not_to_contain_text("ab_live_umbra_widget_key_of_the_tests")
    key = keys.get_by_text("ab_live_").inner_text()
    page.reload()
    expect(page.locator("#workspace-switcher")).to_contain_text("Umbra and Daughters")
    expect(keys).to_contain_text(key)
    assert problems == []


def test_signing_up_leads_to_a_workspace_an_invitation_to_the_next_and_the_switcher_back(
    live_server, page: Page, problems: list[str], chromium: Browser
) -> None:
    page.goto(live_server.url + "/signup")
    page.get_by_label("Name of the workspace").fill("Nova Works")
    page.get_by_label("Your name").fill("Noah Nova")
    page.get_by_label("E-mail").fill("noah@nova.test")
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Create workspace").click()
    switcher = page.locator("#workspace-switcher")
    expect(switcher).to_contain_text("Nova Works")
    expect(page.locator("#start")).to_contain_text("Waiting for the first call")

    with chromium.new_context() as context:
        link = _invite(come_in(context, live_server, cast.ADMIN), live_server, "noah@nova.test")
    page.goto(link)
    page.get_by_role("button", name="Join Acme").click()
    expect(switcher.locator("summary")).to_contain_text("Acme")
    switcher.locator("summary").click()
    switcher.get_by_role("button", name="Nova Works").click()
    expect(switcher.locator("summary")).to_contain_text("Nova Works")
    assert problems == []


def _invite(page: Page, server: LiveServer, email: str) -> str:
    """Invite by the form; the address of the link, which stands on the page now."""
    page.goto(server.url + TEAM)
    page.locator("#invite").get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Create invitation link").click()
    return page.locator("#invitation code").inner_text()


def _call(server: LiveServer) -> Any:
    """One answered call of Acme's owner."""
    token = server.flask(
        "token", "create", "--workspace", "acme", "--person", cast.OWNER, "--scopes", "docs:read"
    ).stdout
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    body |= {"params": {"name": "search_docs", "arguments": {"query": "flags"}}}
    headers = {"Authorization": f"Bearer {token.strip()}", "Accept": "application/json, text/event-stream"}
    answer = httpx.post(server.mcp_url, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()
