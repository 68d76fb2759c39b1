"""Chromium: what htmx does on the pages of the dashboard, against the real server."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests import cast
from tests.support.live import LiveServer
from tests.support.tabs import sign_in

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)


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
    expect(page).to_have_url(re.compile("outcome=refused"))
    expect(page.locator(".chips")).to_contain_text("Refused")
    assert problems == []


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
