"""Chromium: the page stays open, a client connects, and each line turns green; where it fails, words say why."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests import cast
from tests.journeys.caller import call
from tests.oauth.flow import challenge_of
from tests.support.live import LiveServer
from tests.support.person import Person
from tests.support.tabs import come_in

pytestmark = pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
VERIFIER, CALLBACK = "v" * 64, "http://127.0.0.1:8765/callback"


def done(page: Page, count: int) -> None:
    expect(page.locator("#progress .progress-done")).to_have_count(count, timeout=15_000)


def address(page: Page) -> str:
    """What the page says to paste."""
    return str(page.locator("#how .copy-line code").inner_text())


def discover(url: str) -> None:
    """What a client does first: knock, and follow the challenge."""
    challenge = httpx.post(url, json={}, trust_env=False).headers["WWW-Authenticate"]
    document = challenge.partition('resource_metadata="')[2].partition('"')[0]
    assert httpx.get(document, trust_env=False).json()["resource"] == url


def register(server: LiveServer, callback: str = CALLBACK) -> httpx.Response:
    said = {"client_name": "Notes", "redirect_uris": [callback], "token_endpoint_auth_method": "none"}
    return httpx.post(f"{server.url}/api/mcp/oauth/register", json=said, trust_env=False)


def authorize_url(server: LiveServer, client_id: str, resource: str, **changes: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "resource": resource,
        "state": "s",
        "scope": "docs:read",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    } | changes
    return f"{server.url}/api/mcp/oauth/authorize?{urlencode(asked)}"


def redeem(server: LiveServer, client_id: str, answer: str) -> dict[str, Any]:
    code = parse_qs(urlsplit(answer).query)["code"][0]
    form = {"grant_type": "authorization_code", "client_id": client_id, "code": code, "redirect_uri": CALLBACK}
    form |= {"code_verifier": VERIFIER}
    return dict(httpx.post(f"{server.url}/api/mcp/oauth/token", data=form, trust_env=False).json())


def test_a_client_connects_while_the_page_is_open(live_server: LiveServer, browser_context: Any) -> None:
    page = come_in(browser_context, live_server)
    page.goto(f"{live_server.url}/dashboard/connect?client=claude-code")
    url = address(page)
    assert url.endswith("/api/mcp/w/acme")
    discover(url)
    done(page, 1)
    client_id = register(live_server).json()["client_id"]
    with Person(cast.OWNER) as person:
        answer = person.allow(authorize_url(live_server, client_id, url))
    done(page, 3)
    expect(page.locator("#progress")).to_contain_text("You allowed Notes")
    token = redeem(live_server, client_id, answer)["access_token"]
    done(page, 4)
    assert call(live_server, token).status_code == 200
    done(page, 5)
    expect(page.locator("#progress")).to_contain_text("Notes just called search_docs")
    expect(page.locator("#progress [hx-trigger]")).to_have_count(0)
    page.get_by_role("link", name="See what it did").click()
    expect(page.locator("main")).to_contain_text("Notes")


def test_a_callback_that_no_browser_may_follow_is_told_in_words(live_server, browser_context: Any) -> None:
    page = come_in(browser_context, live_server)
    page.goto(f"{live_server.url}/dashboard/connect?client=other")
    discover(address(page))
    assert register(live_server, "http://app.example/callback").status_code == 400
    problem = page.locator("#progress .progress-failed")
    expect(problem).to_contain_text("Plain http is accepted only for localhost", timeout=15_000)
    client_id = register(live_server).json()["client_id"]
    refused = authorize_url(live_server, client_id, address(page), code_challenge_method="plain")
    assert httpx.get(refused, trust_env=False).status_code == 302
    expect(problem.nth(1)).to_contain_text("The only code_challenge_method is S256", timeout=15_000)
