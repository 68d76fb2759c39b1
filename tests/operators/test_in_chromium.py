"""Chromium: an operator switches a flag off and watches what that does, with scripts and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests import cast
from tests.journeys.caller import call
from tests.support.tabs import sign_in
from tests.support.tokens import a_token_for

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)


def test_an_operator_sees_whom_a_switch_hits_and_the_first_refusal_as_it_comes(
    live_server, page: Page, problems: list[str]
) -> None:
    token = a_token_for(live_server)
    assert call(live_server, token).status_code == 200
    sign_in(page, live_server, cast.OPERATOR)
    page.goto(live_server.url + "/admin/flags/acme")
    card = page.locator("#flag-mcp_server")
    card.get_by_role("link", name="Switch off").click()
    expect(card.locator("#radius")).to_contain_text("1 app of 1 person used this")
    card.get_by_label("Why").fill("   ")
    card.get_by_role("button", name="Switch off").click()
    expect(card).to_contain_text("Say why")
    card.get_by_label("Why").fill("A drill")
    card.get_by_label("Message to refused callers").fill("Back soon")
    card.get_by_label("1 hour").check()
    card.get_by_role("button", name="Switch off").click()
    expect(card).to_contain_text("Set by Otto Operator")
    expect(card).to_contain_text("Back to on at")
    expect(card.locator("#effect-mcp_server")).to_contain_text("Nobody has called since")
    assert call(live_server, token).status_code == 403
    expect(card.locator("#effect-mcp_server")).to_contain_text("Every call met the flag", timeout=15_000)
    assert page.url.endswith("/admin/flags/acme")
    assert problems == []


def test_the_same_without_scripts(live_server, page: Page) -> None:
    assert page.context.browser is not None
    with page.context.browser.new_context(java_script_enabled=False) as context:
        plain = context.new_page()
        sign_in(plain, live_server, cast.OPERATOR)
        plain.goto(live_server.url + "/admin/flags/umbra")
        plain.locator("#flag-mcp_server").get_by_role("link", name="Switch off").click()
        expect(plain.locator("#radius")).to_contain_text("Nobody used this")
        plain.get_by_label("Why").fill("A drill")
        plain.get_by_role("button", name="Switch off").click()
        expect(plain.locator("#origin-mcp_server")).to_contain_text("Set by Otto Operator")
        plain.get_by_role("link", name="Count again").click()
        expect(plain.locator("#effect-mcp_server")).to_contain_text("None yet")
        plain.get_by_role("link", name="Switch on").click()
        plain.get_by_label("Why").fill("Over")
        plain.get_by_role("button", name="Switch on").click()
        expect(plain.locator("#flag-mcp_server").get_by_role("link", name="Switch off")).to_be_visible()
