"""Chromium: the audit page's main task from the filters to the live tail, and its refusal."""

from __future__ import annotations

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
    expect(page).to_have_url(re.compile("from=.*until="))
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
