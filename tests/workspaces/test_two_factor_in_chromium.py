"""Chromium, by keyboard alone: two-factor sign-in from setting it up to the lost telephone."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests import cast
from tests.oauth.flow import CALLBACK, challenge_of
from tests.support.live import LiveServer
from tests.workspaces.authenticator import App

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
NAME = "e => e.innerText || e.getAttribute('aria-label') || (e.labels && e.labels[0] && e.labels[0].innerText) || ''"


def reach(page: Page, name: str) -> None:
    """Press Tab until the control of this name has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(f"({NAME})(document.activeElement)").strip().startswith(name):
            return
    pytest.fail(f"Tab never reaches {name!r}")


def write(page: Page, name: str, text: str) -> None:
    reach(page, name)
    page.keyboard.type(text)


def give_password(page: Page, email: str) -> None:
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    write(page, "E-mail", email)
    write(page, "Password", cast.PASSWORD)
    page.keyboard.press("Enter")


def test_set_up_sign_in_to_a_consent_and_recover(live_server: LiveServer, browser_context) -> None:
    page = browser_context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)

    page.goto(live_server.url + "/dashboard/profile/two-factor")
    give_password(page, cast.SUPPORT)
    page.wait_for_url(live_server.url + "/dashboard/profile/two-factor")
    write(page, "Your password", cast.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    reach(page, "Cannot scan it?")
    page.keyboard.press("Enter")
    phone = App(page.locator("#by-hand code").inner_text().replace(" ", ""))
    write(page, "Code that the app shows", phone.code())
    page.keyboard.press("Enter")
    expect(page.locator("#codes li")).to_have_count(10)
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    codes = page.locator("#codes code").all_inner_texts()
    reach(page, "I have kept them")
    page.keyboard.press("Enter")
    expect(page.locator("#two-factor-on")).to_be_visible()

    browser_context.clear_cookies()
    page.goto(_authorize(live_server))
    give_password(page, cast.SUPPORT)
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    page.keyboard.type(phone.wrong())  # the field has the focus
    page.keyboard.press("Enter")
    expect(page.locator("#field-code-error")).to_contain_text("not right")
    page.locator("#field-code").press("Control+a")
    page.keyboard.type(phone.code(1))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/mcp/authorize\?request="))
    expect(page.locator("#main")).to_contain_text("Keyboard client")

    browser_context.clear_cookies()
    page.goto(live_server.url + "/dashboard")
    give_password(page, cast.SUPPORT)
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    reach(page, "Use a recovery code")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Use a recovery code")).to_be_visible()
    expect(page.locator("#recovery-means")).to_contain_text("switches two-factor sign-in off")
    page.keyboard.type(codes[4])
    page.keyboard.press("Enter")
    expect(page.locator("#flashes")).to_contain_text("set it up again")
    page.wait_for_url(live_server.url + "/dashboard")
    assert complaints == []


def _authorize(server: LiveServer) -> str:
    """Where a client that has just registered sends its person."""
    metadata = {"client_name": "Keyboard client", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}
    made = httpx.post(server.mcp_url + "/oauth/register", json=metadata)
    asked = {
        "response_type": "code",
        "client_id": made.json()["client_id"],
        "redirect_uri": CALLBACK,
        "state": "s",
        "code_challenge": challenge_of("v" * 60),
        "code_challenge_method": "S256",
        "scope": "docs:read",
    }
    return f"{server.mcp_url}/oauth/authorize?{urlencode(asked)}"
