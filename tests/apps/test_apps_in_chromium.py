"""Chromium on Connected apps and their pages: what a person changes there, a client feels on its next call."""

from __future__ import annotations

import datetime
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from halo.ground.database import now
from tests import cast, factories
from tests.journeys.caller import ask
from tests.support.live import LiveServer
from tests.support.tabs import come_in, complaints, sign_in
from tests.support.tokens import beside

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)


class Script:
    """A script of the person's with a token, at the MCP door."""

    def __init__(self, server: LiveServer, name: str, person: str) -> None:
        made = server.flask(
            "token", "create", "--workspace", "acme", "--person", person, "--scopes", "docs:read data:read",
            "--name", name,
        )  # fmt: skip
        self._url, self._token = server.mcp_url, made.stdout.strip()

    def send(self, method: str, **params: Any) -> httpx.Response:
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return httpx.post(self._url, json=message, headers={"Authorization": f"Bearer {self._token}"}, timeout=20)

    def tools(self) -> set[str]:
        return {it["name"] for it in self.send("tools/list").json()["result"]["tools"]}


def test_narrowing_pausing_and_revoking_are_felt_at_once_and_the_proof_appears(
    live_server: LiveServer,
    page: Page,
    problems: list[str],
) -> None:
    server = live_server
    script = Script(server, "Nightly report", cast.OWNER)
    before = script.tools()
    sign_in(page, server, cast.OWNER)
    page.goto(server.url + "/dashboard/apps")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    drawer = page.locator("#drawer .drawer-panel")
    expect(drawer).to_contain_text("What it may do")

    drawer.get_by_label("Read customer data").uncheck()
    drawer.get_by_role("button", name="Save").click()
    expect(drawer.locator("#app-calls")).to_contain_text("changed what Nightly report may do")
    assert script.tools() < before

    drawer.get_by_role("button", name="Pause").click()
    expect(drawer.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.locator("#apps")).to_contain_text("Paused")
    assert script.send("tools/list").status_code == 403
    drawer.get_by_role("button", name="Resume").click()
    expect(drawer.get_by_role("button", name="Pause")).to_be_visible()
    assert script.send("tools/list").status_code == 200
    drawer.get_by_role("heading", name="Last calls").click()
    page.keyboard.press("j")  # there, and not in the list behind
    expect(drawer.locator("#app-calls [data-row] a:focus")).to_have_count(1)

    drawer.get_by_role("link", name="Revoke").click()
    page.locator("#revoke-dialog").get_by_role("button", name="Revoke").click()
    expect(drawer.locator("#proof")).to_contain_text("Waiting for its next call")
    expect(page.locator("#apps")).to_contain_text("Nothing is connected yet")
    assert script.send("tools/list").status_code == 401
    expect(drawer.locator("#proof")).to_contain_text("Nightly report tried at")
    assert problems == []


def test_what_was_typed_survives_a_session_that_ends_beside_what_asks_by_itself(
    live_server: LiveServer, page: Page, problems: list[str]
) -> None:
    server = live_server
    with beside(server):
        grant_id = factories.a_grant(resource=server.mcp_url, last_used_at=now()).id
    sign_in(page, server, cast.OWNER)
    page.goto(f"{server.url}/dashboard/apps/{grant_id}")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#proof")).to_contain_text("Waiting for its next call")
    page.get_by_text("Report this app").click()
    words = page.get_by_label("What did it do?")
    words.fill("It read more than it was told to")
    page.context.clear_cookies(name="halo_session")

    toast = page.locator("#signed-out")
    expect(toast).to_contain_text("What you typed here stays", timeout=15_000)  # the proof asks by itself
    page.locator("#proof").get_by_role("link", name="Look now").click()
    expect(toast).to_have_count(1)
    with page.context.expect_page() as opened:
        toast.get_by_role("link").click()
    sign_in(opened.value, server, cast.OWNER)
    page.evaluate("dispatchEvent(new Event('focus'))")  # every tab of a test has the focus already
    page.locator("#proof").get_by_role("link", name="Look now").click()
    expect(toast).to_have_count(0)
    expect(words).to_have_value("It read more than it was told to")
    page.get_by_role("button", name="Report", exact=True).click()
    expect(page.locator("#app")).to_contain_text(f"Reported by {cast.OWNER}")
    assert problems == []


def test_revoking_works_without_javascript(live_server: LiveServer, chromium: Any) -> None:
    server = live_server
    script = Script(server, "Weekly report", cast.SUPPORT)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, server, cast.SUPPORT)
    page.goto(server.url + "/dashboard/apps")
    page.get_by_role("link", name="Weekly report").click()
    page.get_by_role("link", name="Revoke").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Revoke Weekly report?")
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("#proof")).to_contain_text("Waiting for its next call")
    assert script.send("tools/list").status_code == 401
    page.get_by_role("link", name="Look now").click()
    expect(page.locator("#proof")).to_contain_text("Weekly report tried at")
    context.close()


def test_an_access_token_is_shown_once_works_and_is_revoked(live_server: LiveServer, browser_context: Any) -> None:
    page = come_in(browser_context, live_server, cast.ADMIN)
    problems = complaints(page)
    page.goto(live_server.url + "/dashboard/apps/tokens")
    page.get_by_label("Name").fill("Monthly report")
    page.locator("#field-scopes").get_by_label("documentation").check()
    page.get_by_role("button", name="Create token").click()
    token = page.locator("#new-token .copy-line code").inner_text()
    assert ask(live_server, token, "tools/list").status_code == 200
    page.reload()
    row = page.get_by_role("row", name="Monthly report")
    expect(row).to_contain_text("docs:read")
    expect(page.locator("#new-token")).to_have_count(0)
    expect(page.locator("body")).not_to_contain_text(token)

    row.get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("#proof")).to_contain_text("Waiting for its next call")
    assert ask(live_server, token, "tools/list").status_code == 401
    assert problems == []


def test_a_choice_of_apps_is_tried_before_it_is_decided(live_server: LiveServer, browser_context: Any) -> None:
    with beside(live_server):
        factories.a_grant(person=cast.ADMIN, client=factories.an_oauth_client("Sundial"))
    page = come_in(browser_context, live_server, cast.ADMIN)
    problems = complaints(page)
    page.goto(live_server.url + "/dashboard/apps/admission")
    verdict = page.get_by_role("row", name="Sundial").locator("[data-label='May connect']")
    registers = page.get_by_role("group", name="Apps that register themselves")
    expect(verdict).to_have_text("Yes")
    registers.get_by_label("Off").check()
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#trial")).to_contain_text("Nothing is changed yet")
    expect(verdict).to_have_text("Would be kept out")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#trial")).to_have_count(0)
    expect(verdict).to_have_text("No")
    expect(registers.get_by_label("Off")).to_be_checked()
    assert problems == []


def test_what_is_idle_is_listed_and_then_ends(live_server: LiveServer, browser_context: Any) -> None:
    with beside(live_server):
        long_ago = now() - datetime.timedelta(days=100)
        client = factories.an_oauth_client("Cobweb")
        factories.a_grant(person=cast.ADMIN, client=client, created_at=long_ago, last_used_at=long_ago)
    page = come_in(browser_context, live_server, cast.ADMIN)
    problems = complaints(page)
    page.goto(live_server.url + "/dashboard/apps")
    page.locator("#apps-more summary").click()
    page.get_by_role("link", name="Revoke what is idle").click()
    page.get_by_role("link", name="More than 90 days").click()
    expect(page.locator("#idle")).to_contain_text("1 connection would end")
    expect(page.locator("#going")).to_contain_text("Cobweb")
    page.get_by_role("button", name="Revoke 1 connection").click()
    page.wait_for_url(live_server.url + "/dashboard/apps")
    expect(page.locator("#apps")).not_to_contain_text("Cobweb")
    assert problems == []
