"""Chromium: switching what external clients may call, by keyboard alone, and with scripts off."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests import cast
from tests.journeys.caller import ask
from tests.support.live import LiveServer
from tests.support.tabs import come_in, complaints
from tests.support.tokens import a_token_for

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
ACTIONS = "/dashboard/agents/external-clients/actions"


def tools(server: LiveServer, token: str) -> set[str]:
    return {it["name"] for it in ask(server, token, "tools/list").json()["result"]["tools"]}


def test_a_keyboard_alone_finds_a_tool_switches_it_off_and_undoes_it(live_server, browser_context: Any) -> None:
    token = a_token_for(live_server)
    before = tools(live_server, token)
    page = come_in(browser_context, live_server)
    problems = complaints(page)
    page.goto(live_server.url + ACTIONS)
    page.keyboard.press("/")
    page.keyboard.type("search tick")
    expect(page.locator("#action-data_find_user")).to_have_count(0)
    expect(page.locator("#action-data_search_tickets")).to_be_visible()
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.id") != "switch-data_search_tickets-switch":
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    switch = page.get_by_role("switch", name="Search tickets")
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(switch).to_be_focused()
    expect(page.locator("#summary")).to_contain_text(f"{len(before) - 1} of {len(before)} tools on")
    assert tools(live_server, token) == before - {"data_search_tickets"}
    while page.evaluate("document.activeElement.textContent.trim()") != "Undo":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("switch", name="Search tickets")).to_have_attribute("aria-checked", "true")
    assert tools(live_server, token) == before
    assert problems == []


def test_a_group_goes_off_in_place(live_server, browser_context: Any) -> None:
    page = come_in(browser_context, live_server)
    page.goto(live_server.url + ACTIONS)
    page.locator("#all-off-docs button").click()
    expect(page.locator("#group-docs")).to_contain_text("0 of 2 on")
    page.locator("#undo-form button").click()
    expect(page.locator("#group-docs")).to_contain_text("2 of 2 on")


def test_without_scripts_the_same_is_switched(live_server, chromium: Browser) -> None:
    token = a_token_for(live_server)
    context = chromium.new_context(java_script_enabled=False)
    page = come_in(context, live_server)
    page.goto(f"{live_server.url}{ACTIONS}?q=feedback")
    page.get_by_role("switch", name="List negative feedback").click()
    expect(page.locator("#undo")).to_contain_text("is off for external clients")
    assert "data_list_negative_feedback" not in tools(live_server, token)
    page.locator("#undo-form button").click()
    expect(page.get_by_role("switch", name="List negative feedback")).to_have_attribute("aria-checked", "true")
    assert "data_list_negative_feedback" in tools(live_server, token)
    context.close()


def test_who_may_only_look_finds_no_switch(live_server, browser_context: Any) -> None:
    page = come_in(browser_context, live_server, cast.VIEWER)
    page.goto(live_server.url + ACTIONS)
    expect(page.locator("#read-only")).to_contain_text("An admin of the workspace")
    expect(page.get_by_role("switch")).to_have_count(0)
