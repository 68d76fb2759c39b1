"""Chromium: the audit pages' main tasks from the filters to the live tail, the changes and the gate's own answer."""

from __future__ import annotations

import csv
import re
from functools import cache

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests import cast
from tests.support.live import LiveServer
from tests.support.tabs import sign_in

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
AUDIT = "/dashboard/audit"
CUSTOMER = "mia@customer.test"


def test_from_a_filter_to_one_call_and_the_next(live_server: LiveServer, page: Page, problems: list[str]) -> None:
    _call(live_server, f"webhooks for {CUSTOMER}")
    sign_in(page, live_server, cast.OWNER)
    page.goto(live_server.url + AUDIT)

    page.get_by_label("Outcome").select_option("refused")
    expect(page.locator("#executions")).to_contain_text("No call fits these filters")
    page.get_by_label("Remove Outcome: Refused").click()
    expect(page.locator("#executions")).to_contain_text("for Olivia Owner searched the documentation")

    box = page.locator("#histogram .u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 150, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 20, steps=5)
    page.mouse.up()
    page.wait_for_url(re.compile("from=.*until="))
    expect(page.locator("#executions")).to_contain_text("searched the documentation")

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    drawer = page.locator("#drawer .drawer-panel")
    expect(drawer).to_contain_text("m•••@customer.test")
    drawer.get_by_text("Reveal it with a reason").click()
    drawer.get_by_label("Why").fill("Ticket 4711")
    drawer.get_by_role("button", name="Reveal this call").click()
    expect(drawer).to_contain_text(CUSTOMER)
    drawer.get_by_role("button", name="Run again").click()
    expect(drawer).to_contain_text("Now, as you")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    assert problems == []


def test_a_call_arrives_while_somebody_looks(live_server: LiveServer, page: Page, problems: list[str]) -> None:
    _call(live_server, "before")
    sign_in(page, live_server, cast.OWNER)
    page.goto(live_server.url + AUDIT + "?tool=search_docs")
    page.get_by_role("link", name="Follow live").click()
    expect(page.get_by_text("New calls appear here")).to_be_visible()
    expect(page.locator(".row-new")).to_have_count(0)
    _call(live_server, "while somebody looks")
    expect(page.locator(".row-new")).to_have_count(1)
    page.locator(".row-new .row-anchor").click()
    expect(page.locator("#drawer .drawer-panel")).to_contain_text("while somebody looks")
    assert problems == []


def test_on_a_phone_the_facts_of_a_call_begin_where_its_sentence_does(live_server: LiveServer, page: Page) -> None:
    _call(live_server, "webhooks")
    sign_in(page, live_server, cast.OWNER)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(live_server.url + AUDIT)
    entry = page.locator(".feed-entry").first
    words, facts = (entry.locator(part).bounding_box() for part in (".feed-words", ".feed-facts"))
    assert words is not None and facts is not None
    assert facts["x"] == words["x"] and facts["y"] >= words["y"] + words["height"]


def test_a_change_is_told_and_taken_back(live_server: LiveServer, page: Page, problems: list[str]) -> None:
    sign_in(page, live_server, cast.OWNER)
    page.goto(live_server.url + "/dashboard/agents/external-clients/actions")
    page.get_by_role("switch", name="Search Halo's documentation").click()
    expect(page.locator("#undo")).to_contain_text("is off for external clients")
    page.goto(live_server.url + AUDIT)
    page.get_by_role("link", name="Changes").click()
    page.locator("#changes [data-row]").first.get_by_role("link").click()
    drawer = page.locator("#drawer .drawer-panel")
    drawer.get_by_label("Why").fill("A slip")
    drawer.get_by_role("button", name="Revert").click()
    newest = page.locator("#changes [data-row]").first
    expect(newest).to_contain_text("took back an earlier change")
    expect(newest).to_contain_text("A slip")
    page.goto(live_server.url + "/dashboard/agents/external-clients/actions")
    expect(page.get_by_role("switch", name="Search Halo's documentation")).to_have_attribute("aria-checked", "true")
    assert problems == []


def test_a_view_is_saved_and_opened_and_what_it_shows_is_taken_along(
    live_server: LiveServer, page: Page, problems: list[str]
) -> None:
    _call(live_server, "exported")
    _call(live_server, "left out")
    sign_in(page, live_server, cast.OWNER)
    page.goto(live_server.url + AUDIT + "?text=exported")
    page.get_by_text("Search them with a reason").click()
    page.get_by_label("Why").fill("Ticket 4711")
    page.get_by_role("button", name="Search arguments too").click()
    views = page.locator("#views")
    views.locator("summary").click()
    views.get_by_role("link", name="Save this view").click()
    page.get_by_label("Name").fill("Searches")
    page.get_by_role("button", name="Save view").click()
    page.goto(live_server.url + AUDIT)
    views.locator("summary").click()
    views.get_by_role("link", name="Searches").click()
    expect(page.get_by_label("Search calls")).to_have_value("exported")

    page.locator("#export summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    (row,) = csv.DictReader(download.value.path().read_text().splitlines())
    assert "exported" in row["arguments"]
    assert problems == []


def test_the_gate_says_why_an_app_does_not_see_a_tool(live_server: LiveServer, page: Page, problems: list[str]) -> None:
    _token(live_server)
    sign_in(page, live_server, cast.OWNER)
    page.goto(live_server.url + AUDIT)
    page.get_by_role("link", name="Why can't I see a tool?").click()
    asked, verdict = page.locator("#why"), page.locator("#verdict")
    asked.get_by_label("Tool").select_option("search_docs")
    asked.get_by_role("button", name="Check").click()
    expect(verdict).to_contain_text("search_docs is in the list")
    asked.get_by_label("Tool").select_option("data_search_tickets")
    asked.get_by_role("button", name="Check").click()
    expect(verdict).to_contain_text("was not granted the scope")
    expect(verdict).to_contain_text("Who can lift it")
    assert problems == []


def test_who_may_not_view_is_told_who_can_change_that(live_server: LiveServer, page: Page) -> None:
    sign_in(page, live_server, cast.SUPPORT)
    expect(page.locator("#navigation")).not_to_contain_text("Audit")
    page.goto(live_server.url + AUDIT)
    expect(page.locator("#main")).to_contain_text("An admin, on Team")


@cache
def _token(server: LiveServer) -> str:
    made = server.flask("token", "create", "--workspace", "acme", "--person", cast.OWNER, "--scopes", "docs:read")
    return made.stdout.strip()


def _call(server: LiveServer, query: str) -> None:
    """One answered call of Acme's owner."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    body |= {"params": {"name": "search_docs", "arguments": {"query": query}}}
    headers = {"Authorization": f"Bearer {_token(server)}", "Accept": "application/json, text/event-stream"}
    answer = httpx.post(server.mcp_url, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
