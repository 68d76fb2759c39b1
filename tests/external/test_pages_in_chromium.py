"""Chromium: a server is connected, reviewed, changed, switched on and tried by keyboard; the same with scripts off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.external.scripts import find_orders, shop, switch_on
from tests.servers.issuing import Issuing, issuing
from tests.servers.upstream import Answer, Asked, Behaviour, Theirs
from tests.support.live import LiveServer
from tests.support.tabs import beside, come_in, complaints

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
PAGES = "/dashboard/integrations/mcp"
NOTE = {
    "name": "add_note",
    "description": "Adds a note to an order.",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    "annotations": {"destructiveHint": False},
}


@pytest.fixture
def upstream(live_server: LiveServer) -> Iterator[Theirs]:
    with beside(live_server):
        switch_on()
    with shop(find_orders(), dict(NOTE)) as server:
        yield server


def reach(page: Page, selector: str, press: str = "Enter") -> None:
    """Walk there with Tab, and press."""
    page.locator(selector).first.wait_for()
    for _ in range(200):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            page.keyboard.press(press)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {selector}")


def test_a_keyboard_alone_connects_reviews_and_tries_a_server(
    live_server: LiveServer, browser_context: Any, upstream: Theirs
) -> None:
    page = come_in(browser_context, live_server)
    problems = complaints(page)
    page.goto(f"{live_server.url}{PAGES}")
    reach(page, "#first-server a.button-primary")
    expect(page.locator("#field-address")).to_be_focused()
    page.keyboard.type(upstream.url)
    page.keyboard.press("Enter")
    expect(page.locator(".probe-line")).to_have_count(9)
    expect(page.locator("#probe-tools")).to_contain_text("It lists 2 tools.")
    page.locator("#field-slug").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("orders")
    expect(page.locator("#slug-says")).to_contain_text("orders__find_orders")
    page.keyboard.press("Enter")
    expect(page.locator("#tool-orders__find_orders")).to_be_visible()

    upstream.tools[0] = find_orders(description="Orders, the oldest first.")  # type: ignore[attr-defined]
    reach(page, "#refresh-form button")
    expect(page.locator("#held")).to_contain_text("The description is another.")
    reach(page, "#accept-orders__find_orders button")
    expect(page.locator("#held")).to_have_count(0)
    expect(page.locator(".section-said")).to_contain_text("is accepted")

    reach(page, "a[href$='/orders__find_orders/trial']")
    page.locator("#trial-form input[name='arg:email']").focus()
    page.keyboard.type("nina@example.com")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("hello")
    expect(page.locator("#request-1")).to_contain_text("nina@example.com")

    page.goto(f"{live_server.url}{PAGES}/orders/tools/orders__add_note/trial")
    page.locator("#trial-form input[name='arg:text']").focus()
    page.keyboard.type("Call back")
    page.keyboard.press("Enter")
    expect(page.locator("#sure")).to_contain_text("Call back")
    reach(page, "#sure-form button")
    expect(page.locator("#answer")).to_contain_text("hello")

    page.goto(f"{live_server.url}{PAGES}/orders/settings")
    reach(page, "#check-for_clients", "Space")
    reach(page, "#settings-form .form-actions button")
    expect(page.locator(".section-said")).to_contain_text("Saved")
    page.goto(f"{live_server.url}/dashboard/agents/external-clients/actions?q=orders__")
    reach(page, "#switch-orders__find_orders-switch", "Space")
    expect(page.locator("#switch-orders__find_orders-switch")).to_have_attribute("aria-checked", "true")
    assert problems == []


def consenting(issuer: Issuing) -> Behaviour:
    """Its authorization server, where whoever comes has allowed it already."""

    def behaves(asked: Asked) -> Answer:
        if not asked.path.startswith("/authorize"):
            return issuer(asked)
        told = dict(parse_qsl(urlsplit(asked.path).query))
        return Answer(b"", 302, headers={"Location": f"{told['redirect_uri']}?{urlencode(issuer.allow(asked.path))}"})

    return behaves


@pytest.mark.parametrize("scripts", [True, False])
def test_a_server_is_connected_by_signing_in_at_its_authorization_server(
    live_server: LiveServer, chromium: Browser, scripts: bool
) -> None:
    with beside(live_server):
        switch_on()
    context = chromium.new_context(java_script_enabled=scripts)
    with issuing() as issuer:
        issuer.server.behaves = consenting(issuer)
        slug = "guarded" if scripts else "guarded_plain"
        page = come_in(context, live_server)
        page.goto(f"{live_server.url}/dashboard/integrations/new-server")
        page.fill("#field-address", issuer.server.url)
        page.click("#address-form button[type=submit]")
        expect(page.locator("#probe-issuer")).to_contain_text("You sign in at 127.0.0.1")
        expect(page.locator("#probe-registration")).to_contain_text("Halo registers there by itself")
        expect(page.locator("input[name=auth_method][value=oauth2]")).to_be_checked()
        page.fill("#field-slug", slug)
        page.click("#server-form .form-actions button")
        page.click("#sign-in-form button")
        page.wait_for_url(f"**{PAGES}/{slug}")
        page.goto(f"{live_server.url}{PAGES}/{slug}/tools")
        expect(page.locator(f"#tool-{slug}__echo")).to_be_visible()
        page.goto(f"{live_server.url}{PAGES}/{slug}/credentials")
        expect(page.locator("#held")).to_contain_text(issuer.origin)
        page.goto(f"{live_server.url}{PAGES}/{slug}/health")
        page.click("#examine-form button")
        expect(page.locator("#probe-tools")).to_contain_text("It lists 1 tool.")
    context.close()


def test_without_scripts_the_same_is_done(live_server: LiveServer, chromium: Browser, upstream: Theirs) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = come_in(context, live_server)
    page.goto(f"{live_server.url}/dashboard/integrations/new-server")
    page.fill("#field-address", upstream.url)
    page.click("#address-form button[type=submit]")
    expect(page.locator(".probe-line")).to_have_count(9)
    page.fill("#field-slug", "plain")
    page.click("#server-form .form-actions button")
    expect(page.locator("#tool-plain__find_orders")).to_be_visible()
    page.click("a[href$='/plain__add_note/trial']")
    page.fill("#trial-form input[name='arg:text']", "Call back")
    page.click("#trial-form .form-actions button")
    page.click("#sure-form button")
    expect(page.locator("#answer")).to_contain_text("hello")
    page.goto(f"{live_server.url}{PAGES}/plain/disconnection")
    page.click("#confirm-form button")
    expect(page.locator("#server-plain")).to_have_count(0)
    context.close()
