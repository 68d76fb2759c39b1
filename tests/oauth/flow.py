"""A client as the tests play it: registers, authorizes, lets a person consent, redeems, refreshes."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from halo.web import session_cookie
from halo.workspaces.accounts import sessions
from tests import cast
from tests.support.browser import Browser

REGISTER = "/api/mcp/oauth/register"
AUTHORIZE = "/api/mcp/oauth/authorize"
CONSENT = "/api/mcp/oauth/consent"
TOKEN = "/api/mcp/oauth/token"
REVOKE = "/api/mcp/oauth/revoke"
MCP = "/api/mcp"
CALLBACK = "http://127.0.0.1:8765/callback"


def signed_in(app: Flask, email: str = cast.OWNER, slug: str | None = None) -> Browser:
    """A browser with a session, without the form."""
    browser = Browser(app)
    with app.test_request_context():
        workspace = cast.workspace(slug).id if slug else None
        token = sessions.start(cast.person(email).id, workspace_id=workspace)
        browser.client.set_cookie(session_cookie(), token, domain="localhost")
    return browser


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class OAuthTestClient:
    """One registered client on the wire."""

    wire: FlaskClient
    client_id: str
    redirect_uri: str = CALLBACK
    secret: str | None = None
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def query(self, **changes: Any) -> dict[str, Any]:
        """An authorization request; None leaves a parameter out."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": "the-state",
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            "scope": "docs:read data:read",
        } | changes
        return {name: value for name, value in asked.items() if value is not None}

    def ask(self, browser: Browser, **changes: Any) -> TestResponse:
        """What the authorization endpoint answers, not followed."""
        return browser.client.get(AUTHORIZE, query_string=self.query(**changes))

    def consent_page(self, browser: Browser, **changes: Any) -> Browser:
        browser.get(AUTHORIZE, query_string=self.query(**changes))
        return browser

    def consent(self, browser: Browser, press: str = "allow", fields: Any = None, **changes: Any) -> dict[str, str]:
        """Through the page; the parameters of the answer."""
        self.consent_page(browser, **changes)
        browser.submit("consent", status=303, press=press, **(fields or {}))
        return answer(browser.response)

    def redeem(self, code: str, **changes: Any) -> TestResponse:
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        return self.send(TOKEN, asked | changes)

    def refresh(self, refresh_token: str, **changes: Any) -> TestResponse:
        return self.send(TOKEN, {"grant_type": "refresh_token", "refresh_token": refresh_token} | changes)

    def revoke(self, token: str, **changes: Any) -> TestResponse:
        return self.send(REVOKE, {"token": token} | changes)

    def send(self, path: str, form: dict[str, Any]) -> TestResponse:
        form = {"client_id": self.client_id} | ({"client_secret": self.secret} if self.secret else {}) | form
        return self.wire.post(path, data={name: value for name, value in form.items() if value is not None})

    def connect(self, browser: Browser, **changes: Any) -> dict[str, Any]:
        """The whole flow; the token response."""
        given = self.consent(browser, **changes)
        response = self.redeem(given["code"], redirect_uri=changes.get("redirect_uri", self.redirect_uri))
        assert response.status_code == 200, response.text
        return response.get_json()


def answer(response: TestResponse) -> dict[str, str]:
    """The parameters of a redirect."""
    return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()}


def register(app: Flask, **metadata: Any) -> TestResponse:
    asked = {"client_name": "Test", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"} | metadata
    return app.test_client().post(REGISTER, json={name: it for name, it in asked.items() if it is not None})


def a_client(app: Flask, **metadata: Any) -> OAuthTestClient:
    """A client that has just registered."""
    response = register(app, **metadata)
    assert response.status_code == 201, response.text
    said = response.get_json()
    return OAuthTestClient(app.test_client(), said["client_id"], said["redirect_uris"][0], said.get("client_secret"))


def call(app: Flask, token: str, path: str = MCP) -> TestResponse:
    """One ping at the MCP door."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    return app.test_client().post(path, json=message, headers={"Authorization": f"Bearer {token}"})


def is_good(app: Flask, token: str) -> bool:
    """Whether the MCP door takes the token."""
    return call(app, token).status_code == 200
