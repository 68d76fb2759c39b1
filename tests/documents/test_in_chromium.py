"""Chromium: somebody reads the documentation: along the navigation, by a search, and a piece of code is taken along."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.tabs import complaints

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)


def test_a_reader_follows_the_navigation_searches_and_copies_code(live_server, browser_context: Any) -> None:
    browser_context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = browser_context.new_page()
    problems = complaints(page)
    page.goto(live_server.url + "/docs")
    navigation, title = page.locator("#navigation"), page.get_by_role("heading", level=1)
    navigation.get_by_role("link", name="Flags").click()
    expect(title).to_have_text("Flags")
    expect(navigation.locator("[aria-current=page]")).to_have_text("Flags")

    page.locator("#docs-finder").get_by_role("searchbox").fill("connect Claude Code")
    page.keyboard.press("Enter")
    page.locator("#docs-results").get_by_role("link", name="Connecting clients").first.click()
    expect(title).to_have_text("Connecting clients")

    block = page.locator(".code-block", has_text="claude mcp add").first
    block.get_by_role("button", name="Copy").click()
    expect(block.get_by_role("button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == block.locator("code").text_content()
    assert problems == []
