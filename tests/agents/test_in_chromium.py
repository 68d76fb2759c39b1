"""Chromium: switching what external clients may call, by keyboard alone, and with scripts off."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests import cast
from tests.journeys.caller import ask
from tests.pages.test_pages import FINDINGS
from tests.support import node
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


def walk_to(page: Any, found: str) -> None:
    """By Tab alone, to the element that this script is true of."""
    for _ in range(200):
        if page.evaluate(f"(it => {found})(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {found}")


def press_on(page: Any, found: str, key: str = "Enter") -> None:
    """Press a key there, and wait for the page that it leads to."""
    walk_to(page, found)
    with page.expect_navigation():
        page.keyboard.press(key)
    page.wait_for_load_state("load")


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_a_keyboard_alone_makes_an_agent_switches_a_tool_on_and_runs_it(
    live_server, browser_context: Any, width: int, theme: str
) -> None:
    page = come_in(browser_context, live_server)
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    problems = complaints(page)
    page.goto(live_server.url + "/dashboard/agents")
    press_on(page, "it.textContent.trim() === 'New agent'")
    walk_to(page, "it.name === 'name'")
    page.keyboard.type(f"Desk {width}")
    press_on(page, "it.textContent.trim() === 'Create agent'")
    expect(page.locator("#summary")).to_contain_text("0 of")
    walk_to(page, "it.id === 'modes-search_docs-auto'")
    page.keyboard.press("Enter")
    expect(page.locator("#modes-search_docs-auto")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#summary")).to_contain_text("1 of")
    page.keyboard.press("Control+Home")
    page.evaluate("document.activeElement.blur()")
    press_on(page, "it.textContent.trim() === 'Run as this agent'")
    press_on(page, "it.textContent.trim() === 'Continue'")
    walk_to(page, "it.name === 'arg:query'")
    page.keyboard.type("consent")
    press_on(page, f"it.textContent.trim() === 'Run as Desk {width}'")
    expect(page.locator("#ran")).to_contain_text("Answered")
    page.evaluate((node.find_packages().parent / "axe-core" / "axe.min.js").read_text())
    assert page.evaluate(FINDINGS) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    press_on(page, "it.textContent.trim() === 'See it in the audit log'")
    expect(page.locator("#facts")).to_contain_text(f"Desk {width}, run by Olivia Owner")
    assert problems == []


def test_without_scripts_an_agent_is_made_and_run(live_server, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = come_in(context, live_server)
    page.goto(f"{live_server.url}/dashboard/agents/new")
    page.get_by_label("Name").fill("Plain desk")
    page.get_by_role("button", name="Create agent").click()
    page.locator("#modes-search_docs-auto").click()
    page.get_by_role("link", name="Run as this agent").click()
    page.get_by_role("button", name="Continue").click()
    page.locator("input[name='arg:query']").fill("consent")
    page.get_by_role("button", name="Run as Plain desk").click()
    expect(page.locator("#ran")).to_contain_text("Answered")
    context.close()
