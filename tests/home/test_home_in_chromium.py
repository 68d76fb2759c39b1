"""Chromium: Home waits for the first call, made for real; the palette and the keys lead everywhere."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests import cast
from tests.support.live import LiveServer
from tests.support.tabs import sign_in

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)


def call(server: LiveServer, person: str, workspace: str) -> None:
    who = ("--workspace", workspace, "--person", person, "--scopes", "docs:read", "--name", "My script")
    token = server.flask("token", "create", *who).stdout.strip()
    params = {"name": "search_docs", "arguments": {"query": "flags"}}
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    assert httpx.post(server.mcp_url, json=body, headers=headers, trust_env=False).status_code == 200


def test_the_first_call_arrives_while_somebody_watches(live_server, page: Page, problems: list[str]) -> None:
    sign_in(page, live_server, cast.STRANGER)
    expect(page.locator("#start")).to_contain_text("Waiting for the first call")
    call(live_server, cast.STRANGER, cast.UMBRA)
    expect(page.locator("#start.start-arrived")).to_contain_text("My script just called search_docs")
    expect(page.locator("#start [hx-trigger]")).to_have_count(0)
    page.reload()
    expect(page.locator("#calls-chart canvas")).to_be_visible()
    page.get_by_role("link", name="30 days").click()
    expect(page.locator("#glance")).to_contain_text("in the last 30 days")
    expect(page.locator("#calls-chart canvas")).to_be_visible()
    assert problems == []


def test_the_palette_is_opened_searched_and_followed_by_keys_alone(
    live_server, page: Page, problems: list[str]
) -> None:
    sign_in(page, live_server, cast.OWNER)
    page.keyboard.press("Control+k")
    lines = page.locator("#palette .palette-line")
    expect(lines.first).to_have_attribute("aria-selected", "true")
    with page.expect_response(re.compile(r"[?&]q=refused(&|$)")):
        page.keyboard.type("refused")
    expect(page.locator(".htmx-request")).to_have_count(0)  # a list that comes later begins at its first line again
    expect(lines.first).to_contain_text("Refused calls")
    page.keyboard.press("ArrowDown")
    expect(lines.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(lines.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/dashboard/audit\?outcome=refused"))
    page.keyboard.press("?")
    expect(page.locator("#keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keyboard")).to_be_hidden()
    assert problems == []


def test_times_are_told_in_utc_for_who_wants_that(live_server, page: Page, problems: list[str]) -> None:
    page.goto(live_server.url + "/styleguide")
    absolute = page.locator("time[data-absolute]").first
    page.get_by_role("button", name="UTC", exact=True).click()
    expect(absolute).to_contain_text("UTC")
    page.reload()
    expect(absolute).to_contain_text("UTC")
    page.get_by_role("button", name="Local time").click()
    expect(absolute).not_to_contain_text("UTC")
    assert problems == []
