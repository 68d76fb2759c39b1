"""Chromium, the real server, two workers: from `/authorize` through sign-in and consent to the first call."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from tests import cast
from tests.oauth.flow import challenge_of
from tests.support.listening import listening
from tests.support.live import LiveServer

VERIFIER = "v" * 64


class Listener:
    """The client's own little web server on loopback; `answers` are the queries that came back."""

    def __init__(self) -> None:
        self.answers: list[dict[str, str]] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path == "/callback":
                    listener.answers.append({name: values[0] for name, values in parse_qs(parts.query).items()})
                body = b"<!doctype html><title>Client</title><h1>Back in the client</h1>"
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.callback = f"http://127.0.0.1:{self.server.server_address[1]}/callback"


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    with listening(made.server):
        yield made


def registered(server: LiveServer, *redirect_uris: str) -> str:
    body = {"client_name": "Notes", "redirect_uris": redirect_uris, "token_endpoint_auth_method": "none"}
    response = httpx.post(f"{server.url}/api/mcp/oauth/register", json=body)
    assert response.status_code == 201, response.text
    return str(response.json()["client_id"])


def authorize_url(server: LiveServer, client_id: str, redirect_uri: str, **changes: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "state": "s",
        "scope": "docs:read data:read",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    } | changes
    return f"{server.url}/api/mcp/oauth/authorize?{urlencode(asked)}"


def sign_in(page: Any) -> None:
    form = page.locator("form#signin")
    form.locator("[name=email]").fill(cast.OWNER)
    form.locator("[name=password]").fill(cast.PASSWORD)
    form.locator("button[type=submit]").click()
    page.wait_for_url("**/mcp/authorize?*")


def redeem(server: LiveServer, client_id: str, redirect_uri: str, code: str) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": VERIFIER,
    }
    response = httpx.post(f"{server.url}/api/mcp/oauth/token", data=form)
    assert response.status_code == 200, response.text
    return dict(response.json())


def test_first_connection_to_the_first_call(live_server: LiveServer, page: Any, listener: Listener) -> None:
    client_id = registered(live_server, listener.callback)
    page.goto(authorize_url(live_server, client_id, listener.callback))
    sign_in(page)
    assert "Allow Notes to use Acme?" in page.locator("h1").inner_text()
    page.wait_for_load_state("load")  # the count is a script's
    page.locator("input[name=scope][value='docs:read']").uncheck()
    expect(page.locator("#allow")).to_have_text("Allow 1 permission")
    page.locator("#allow").click()
    page.wait_for_selector("text=Back in the client")
    given = listener.answers[-1]
    assert (given["state"], given["iss"]) == ("s", live_server.url)
    said = redeem(live_server, client_id, listener.callback, given["code"])
    assert said["scope"] == "data:read"
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Authorization": f"Bearer {said['access_token']}"}
    listed = httpx.post(live_server.mcp_url, json=message, headers=headers).json()["result"]["tools"]
    assert "data_find_user" in {tool["name"] for tool in listed}
    page.goto(f"{live_server.url}/dashboard/apps")
    assert "Notes" in page.locator("#apps").inner_text()


def test_deny_leads_back_with_access_denied(live_server: LiveServer, page: Any, listener: Listener) -> None:
    page.goto(authorize_url(live_server, registered(live_server, listener.callback), listener.callback))
    sign_in(page)
    page.locator("#deny").click()
    page.wait_for_selector("text=Back in the client")
    assert listener.answers == [
        {
            "error": "access_denied",
            "error_description": listener.answers[0]["error_description"],
            "state": "s",
            "iss": live_server.url,
        }
    ]


def test_s31_a_double_click_and_back_are_harmless(live_server: LiveServer, page: Any, listener: Listener) -> None:
    client_id = registered(live_server, listener.callback)
    page.goto(authorize_url(live_server, client_id, listener.callback))
    sign_in(page)
    page.locator("#allow").dblclick()
    page.wait_for_selector("text=Back in the client")
    page.go_back()
    page.locator("#go-on, #allow").first.click()
    page.wait_for_selector("text=Back in the client")
    assert len({given["code"] for given in listener.answers}) == 1
    assert redeem(live_server, client_id, listener.callback, listener.answers[0]["code"])["access_token"]


def test_an_unknown_client_is_a_page(live_server: LiveServer, page: Any, listener: Listener) -> None:
    response = page.goto(authorize_url(live_server, "halo_client_nobody", listener.callback))
    assert response.status == 400
    assert "does not know this app" in page.locator("#refused").inner_text()
    assert listener.answers == []


def test_a_wrong_redirect_is_a_page(live_server: LiveServer, page: Any, listener: Listener) -> None:
    client_id = registered(live_server, "https://app.example/callback")
    response = page.goto(authorize_url(live_server, client_id, listener.callback))
    assert response.status == 400
    assert "did not register" in page.locator("#refused").inner_text()
    assert listener.answers == []


def test_consent_works_without_javascript(live_server: LiveServer, chromium: Any, listener: Listener) -> None:
    context = chromium.new_context(java_script_enabled=False)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(authorize_url(live_server, registered(live_server, listener.callback), listener.callback))
    sign_in(page)
    page.locator("#allow").click()
    page.wait_for_selector("text=Back in the client")
    assert listener.answers[-1]["code"].startswith("halo_ac_")
    context.close()


def test_s32_after_an_application_scheme_a_page_stays(live_server: LiveServer, page: Any) -> None:
    uri = "cursor://anysphere.cursor-mcp/oauth/callback"
    page.goto(authorize_url(live_server, registered(live_server, uri), uri))
    sign_in(page)
    page.locator("#allow").click()
    page.wait_for_selector("#go-on")
    assert page.locator("#go-on").get_attribute("href").startswith(uri + "?code=halo_ac_")
    assert "close this page" in page.locator("main").inner_text()


def test_the_consent_page_says_nothing_on_the_console(live_server: LiveServer, page: Any, listener: Listener) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(authorize_url(live_server, registered(live_server, listener.callback), listener.callback))
    sign_in(page)
    page.locator("#allow").click()
    page.wait_for_selector("text=Back in the client")
    assert said == []
