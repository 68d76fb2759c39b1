"""Chromium: a person decides by keyboard alone, and without JavaScript; the page that waits turns green by itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests import cast
from tests.support.live import LiveServer

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
VERIFIER = "a-verifier-that-is-long-enough-for-rfc-7636-4.1"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CURSOR = "cursor://anysphere.cursor-mcp/oauth/callback"


def registered(server: LiveServer, uri: str, name: str = "Notes") -> str:
    said = httpx.post(
        f"{server.url}/api/mcp/oauth/register",
        json={"client_name": name, "redirect_uris": [uri], "token_endpoint_auth_method": "none"},
    )
    return str(said.json()["client_id"])


def asking(server: LiveServer, client_id: str, uri: str, scope: str = "docs:read setup:read data:read") -> str:
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": uri,
        "state": "s",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "scope": scope,
    }
    return f"{server.url}/api/mcp/oauth/authorize?{urlencode(asked)}"


def redeemed(server: LiveServer, client_id: str, location: str, uri: str) -> dict[str, Any]:
    code = parse_qs(urlsplit(location).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": uri, "code_verifier": VERIFIER}
    return dict(httpx.post(f"{server.url}/api/mcp/oauth/token", data=form | {"client_id": client_id}).json())


def test_s31_approve_is_disabled_from_the_first_press_on(live_server: LiveServer, page: Page) -> None:
    arrive(page, asking(live_server, registered(live_server, CURSOR), CURSOR))
    sent: list[str] = []

    def stay(route: Route) -> None:
        """Take the answer and leave the page where it is."""
        if route.request.method != "POST":
            return route.continue_()
        sent.append(route.request.url)
        return route.fulfill(status=204)

    page.route("**/*", stay)
    with page.expect_request(lambda request: request.method == "POST"):
        page.locator("#allow").click(no_wait_after=True)
    expect(page.locator("#allow")).to_have_attribute("aria-disabled", "true")
    page.locator("#allow").dispatch_event("click")
    page.locator("#allow").press("Enter", no_wait_after=True)
    expect(page.locator("#allow")).to_have_attribute("aria-disabled", "true")
    assert len(sent) == 1


def arrive(page: Page, address: str) -> None:
    """From the client's link to the consent page, by way of sign-in, with the keyboard alone."""
    page.goto(address)
    page.get_by_label("E-mail").focus()
    page.keyboard.type(cast.OWNER)
    page.keyboard.press("Tab")
    page.get_by_label("Password").focus()
    page.keyboard.type(cast.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("to use Acme?")


def tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


def test_by_keyboard_alone_a_sample_is_seen_a_scope_taken_out_and_access_allowed(
    live_server: LiveServer, page: Page, problems: list[str]
) -> None:
    client_id = registered(live_server, CURSOR)
    arrive(page, asking(live_server, client_id, CURSOR))
    tab_to(page, "#scope-setup-read")
    page.keyboard.press("Space")
    expect(page.locator("#allow")).to_have_text("Allow 2 permissions")
    tab_to(page, "button[value='data:read']")
    page.keyboard.press("Enter")
    expect(page.locator("#sample-data-read")).to_contain_text("no record yet")
    assert page.evaluate("document.activeElement.value") == "data:read"
    tab_to(page, "#allow")
    expect(page.locator("#risk")).to_contain_text("Reads customer data, changes nothing")
    page.keyboard.press("Enter")
    expect(page.locator("#arrival")).to_contain_text("Waiting for the first call of Notes")
    location = page.locator("#go-on").get_attribute("href") or ""
    token = redeemed(live_server, client_id, location, CURSOR)
    assert token["scope"] == "docs:read data:read"
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert httpx.post(f"{live_server.url}/api/mcp", json=message, headers=headers).status_code == 200
    expect(page.locator("#arrival")).to_contain_text("just connected and sees 12 tools", timeout=10_000)
    expect(page.locator("#look-again")).to_have_count(0)
    assert problems == []


def test_enter_in_the_customer_field_decides_nothing(live_server: LiveServer, page: Page) -> None:
    client_id = registered(live_server, CURSOR)
    arrive(page, asking(live_server, client_id, CURSOR))
    page.locator("#only-customer summary").click()
    page.locator("[name=customer]").fill("nobody@shop.test")
    page.keyboard.press("Enter")
    page.locator("#allow").click()
    expect(page.locator("#consent-problem")).to_contain_text("no customer with this")
    assert page.locator("[name=customer]").input_value() == "nobody@shop.test"


@pytest.fixture
def plain_page(chromium: Browser) -> Iterator[Page]:
    """A tab whose JavaScript is off."""
    context = chromium.new_context(java_script_enabled=False)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def test_without_javascript_a_sample_is_seen_a_scope_taken_out_and_access_allowed(
    live_server: LiveServer, plain_page: Page
) -> None:
    page, uri = plain_page, f"{live_server.url}/healthz"
    client_id = registered(live_server, uri)
    arrive(page, asking(live_server, client_id, uri))
    page.locator("#scope-setup-read").uncheck()
    page.locator("button[value='data:read']").click()
    expect(page.locator("#sample-data-read")).to_contain_text("no record yet")
    expect(page.locator("#scope-setup-read")).not_to_be_checked()
    expect(page.locator("#allow")).to_have_text("Allow 2 permissions")
    page.locator("#scope-docs-read").uncheck()
    page.get_by_role("button", name="Work out the risk again").click()
    expect(page.locator("#allow")).to_have_text("Allow 1 permission")
    page.get_by_label("1 day").check()
    page.locator("#allow").click()
    page.wait_for_url("**/healthz?code=*")
    token = redeemed(live_server, client_id, page.url, uri)
    assert token["scope"] == "data:read"
    page.goto(asking(live_server, client_id, uri))
    expect(page.locator("#what")).to_contain_text("What changes")
    expect(page.locator("#scope-data-read")).to_be_checked()
    expect(page.locator("#scope-docs-read")).not_to_be_checked()
